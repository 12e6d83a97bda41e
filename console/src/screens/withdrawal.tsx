import { SimpleGrid } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { Withdrawal } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { masked } from '../format.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { CopyAs } from '../parts/copy-as.tsx';
import { Entries } from '../parts/entries.tsx';
import { Explained } from '../parts/explained.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Life, lifePolling, RailCalls } from '../parts/life.tsx';
import { Money } from '../parts/money.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Status } from '../parts/status.tsx';
import { Ago, Time } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';

const route = getRouteApi('/withdrawals/$withdrawalId');
const ENDS: readonly Withdrawal['status'][] = ['COMPLETED', 'FAILED', 'REJECTED'];

export function WithdrawalScreen() {
  const { withdrawalId } = route.useParams();
  const input = { params: { withdrawal_id: withdrawalId } };
  const query = useResource('getWithdrawal', input, {
    every: (body) => (body && ENDS.includes(body.withdrawal.status) ? 15_000 : 2_000),
  });
  return (
    <Page
      title={withdrawalId}
      aside={query.data && <Status of={query.data.withdrawal.status} />}
      actions={
        <>
          {query.data && <Retry withdrawal={query.data.withdrawal} />}
          <CopyAs command={`withdrawals get ${withdrawalId}`} operation="getWithdrawal" input={input} />
        </>
      }
    >
      <Loaded query={query}>{({ withdrawal }) => <Shown withdrawal={withdrawal} />}</Loaded>
    </Page>
  );
}

function Shown({ withdrawal }: { withdrawal: Withdrawal }) {
  const { withdrawal_id, status, updated_at } = withdrawal;
  const input = { params: { withdrawal_id } };
  const polling = lifePolling(!ENDS.includes(status), updated_at);
  const explanation = useResource('explainWithdrawal', input, polling);
  const entries = useResource('listWithdrawalEntries', input, polling);
  const timeline = useResource('getWithdrawalTimeline', input, polling);
  return (
    <>
      <Loaded query={explanation}>{(known) => <Explained explanation={known} />}</Loaded>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="Withdrawal">
          <Asked withdrawal={withdrawal} />
        </Panel>
        <Panel title="On the chain">
          <OnChain withdrawal={withdrawal} />
        </Panel>
      </SimpleGrid>
      <Loaded query={explanation}>{(known) => <RailCalls explanation={known} />}</Loaded>
      <Panel title="Journal">
        <Loaded query={entries}>{(journal) => <Entries entries={journal.entries} />}</Loaded>
      </Panel>
      <Loaded query={timeline}>{(past) => <Life timeline={past} />}</Loaded>
    </>
  );
}

function Retry({ withdrawal: { withdrawal_id, status, retry_count, max_retries } }: { withdrawal: Withdrawal }) {
  if (status !== 'FAILED' || retry_count >= max_retries) return null;
  return (
    <ActionButton
      label="Retry"
      scope="withdrawals:write"
      operation="retryWithdrawal"
      input={() => ({ params: { withdrawal_id } })}
      command={() => `withdrawals retry ${withdrawal_id}`}
      isPrimary
    >
      It is sent once more. If a wallet pays it, the wallet must cover the amount again.
    </ActionButton>
  );
}

const Asked = ({ withdrawal: { amount, asset, user_id, network, ...withdrawal } }: { withdrawal: Withdrawal }) => (
  <Facts>
    <Fact name="Amount">
      <strong>
        <Money of={{ amount_minor: amount, currency: asset }} />
      </strong>
    </Fact>
    <Fact name="User">
      {withdrawal.source === 'wallet' ? (
        <To path={`/wallets/${encodeURIComponent(user_id)}`} className="id">
          {user_id}
        </To>
      ) : (
        <span className="id">{user_id}</span>
      )}
    </Fact>
    <Fact name="Destination">
      <span className="id">{masked(withdrawal.destination_address)}</span> on {network}
    </Fact>
    <Fact name="Books">{withdrawal.source === 'wallet' ? 'the user’s wallet' : 'kept by the caller'}</Fact>
    <Fact name="Your key">
      <span className="id">{withdrawal.idempotency_key}</span>
    </Fact>
    {withdrawal.approval_id && (
      <Fact name="Approval">
        <To path={`/approvals/${withdrawal.approval_id}`} className="id">
          {withdrawal.approval_id}
        </To>
      </Fact>
    )}
    <Fact name="Created">
      <Time at={withdrawal.created_at} />
    </Fact>
  </Facts>
);

const OnChain = ({ withdrawal: { failure, ...withdrawal } }: { withdrawal: Withdrawal }) => (
  <Facts>
    <Fact name="Transaction">
      <span className="id">{withdrawal.tx_hash ?? '–'}</span>
    </Fact>
    <Fact name="Confirmations">
      {withdrawal.confirmations} of {withdrawal.required_confirmations}
    </Fact>
    <Fact name="Retries">
      {withdrawal.retry_count} of {withdrawal.max_retries}
    </Fact>
    {failure && (
      <Fact name="Last failure">
        <strong>{failure.code}</strong>: {failure.message.replaceAll(withdrawal.destination_address, masked)}
      </Fact>
    )}
    {withdrawal.next_attempt_at && (
      <Fact name="Next attempt">
        <Ago at={withdrawal.next_attempt_at} />
      </Fact>
    )}
    {withdrawal.dead_letter && (
      <Fact name="Dead letter">
        since <Time at={withdrawal.dead_letter.at} />, delivered {withdrawal.dead_letter.receives} times
      </Fact>
    )}
    <Fact name="Last change">
      <Time at={withdrawal.updated_at} />
    </Fact>
  </Facts>
);
