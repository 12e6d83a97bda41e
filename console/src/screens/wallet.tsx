import { Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { Balance } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { isCurrency } from '../decimals.ts';
import { minorOf } from '../format.ts';
import { CopyAs } from '../parts/copy-as.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { FormButton } from '../parts/form-button.tsx';
import { Money } from '../parts/money.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { AsOf } from './wallet/as-of.tsx';
import { Statement } from './wallet/statement.tsx';

const route = getRouteApi('/wallets/$userId');

/** What a user holds, what the user held at an earlier time, and each entry that made it. */
export function WalletScreen() {
  const { userId } = route.useParams();
  const { as_of: asOf } = route.useSearch();
  const input = { params: { user_id: userId }, query: asOf ? { as_of: asOf } : {} };
  const query = useResource('getBalance', input, { every: asOf ? 60_000 : 3_000 });
  return (
    <Page
      title={userId}
      actions={
        <>
          <Deposit userId={userId} />
          {asOf ? (
            <CopyAs command={`wallets balance ${userId} --as-of ${asOf}`} operation="getBalance" input={input} />
          ) : (
            <CopyAs command={`wallets balance ${userId}`} operation="getBalance" input={input} />
          )}
        </>
      }
    >
      <Panel title={asOf ? 'Balance at an earlier time' : 'Balance'} aside={<AsOf key={asOf} />}>
        {asOf && (
          <Text size="sm" c="dimmed" mb="sm">
            The sum of all entries until <Time at={asOf} />.
          </Text>
        )}
        <Loaded query={query}>{({ balances }) => <Balances balances={balances} />}</Loaded>
      </Panel>
      <Statement userId={userId} />
    </Page>
  );
}

const Balances = ({ balances }: Pick<Balance, 'balances'>) => (
  <Facts>
    {balances.map(({ currency, amount }) => (
      <Fact key={currency} name={currency}>
        <strong>
          <Money of={{ amount_minor: amount, currency }} />
        </strong>
      </Fact>
    ))}
  </Facts>
);

function Deposit({ userId }: { userId: string }) {
  // The service refuses 0, and the field refuses what is no amount before that.
  const asked = (text = '', currency = '') => {
    const minor = minorOf(text, currency) ?? 0n;
    return isCurrency(currency) ? { amount: minor, currency } : { amount: `${minor}`, currency };
  };
  return (
    <FormButton
      label="Deposit"
      scope="wallets:write"
      operation="createDeposit"
      fields={[
        { name: 'currency', label: 'Currency', description: 'Such as IDR, or an asset such as BTC' },
        {
          name: 'amount',
          label: 'Amount',
          description: 'As 1250.50',
          pattern: '[0-9]+([.][0-9]+)?',
        },
      ]}
      input={({ amount, currency }) => ({ params: { user_id: userId }, body: asked(amount, currency) })}
      command={({ amount, currency = '' }) =>
        `wallets deposit ${userId} --amount ${asked(amount, currency).amount} --currency ${currency}`
      }
    >
      Puts money into the wallet of {userId}. A currency that is new to the wallet is added to it.
    </FormButton>
  );
}
