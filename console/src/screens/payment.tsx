import { SimpleGrid, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { Payment } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { formatMoney, minorOf, plainAmount } from '../format.ts';
import { CopyAs } from '../parts/copy-as.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { Entries } from '../parts/entries.tsx';
import { Explained } from '../parts/explained.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { FormButton } from '../parts/form-button.tsx';
import { Life, lifePolling, RailCalls } from '../parts/life.tsx';
import { Money } from '../parts/money.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Status } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';

const route = getRouteApi('/payments/$paymentId');

export function PaymentScreen() {
  const { paymentId } = route.useParams();
  const input = { params: { payment_id: paymentId } };
  const query = useResource('getPayment', input, {
    every: (payment) => (payment && payment.status !== 'PENDING' ? 15_000 : 2_000),
  });
  return (
    <Page
      title={paymentId}
      aside={query.data && <Status of={query.data.status} />}
      actions={
        <>
          {query.data && <RefundButton payment={query.data} />}
          <CopyAs command={`payments get ${paymentId}`} operation="getPayment" input={input} />
        </>
      }
    >
      <Loaded query={query}>{(payment) => <Shown payment={payment} />}</Loaded>
    </Page>
  );
}

function Shown({ payment }: { payment: Payment }) {
  const { payment_id, status, updated_at } = payment;
  const input = { params: { payment_id } };
  const polling = lifePolling(status === 'PENDING', updated_at);
  const explanation = useResource('explainPayment', input, polling);
  const entries = useResource('listPaymentEntries', input, polling);
  const timeline = useResource('getPaymentTimeline', input, polling);
  return (
    <>
      <Loaded query={explanation}>{(known) => <Explained explanation={known} />}</Loaded>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="Payment">
          <Asked payment={payment} />
        </Panel>
        <Loaded query={explanation}>{(known) => <RailCalls explanation={known} />}</Loaded>
      </SimpleGrid>
      <Refunds payment={payment} />
      <Panel title="Journal">
        <Loaded query={entries}>{(journal) => <Entries entries={journal.entries} />}</Loaded>
      </Panel>
      <Loaded query={timeline}>{(past) => <Life timeline={past} />}</Loaded>
    </>
  );
}

const minor = (amount: Payment['amount'], { currency }: Payment) => ({ amount_minor: amount, currency });

function RefundButton({ payment }: { payment: Payment }) {
  const { payment_id, status, currency } = payment;
  const left = minor(BigInt(payment.amount) - BigInt(payment.refunded_amount), payment);
  if (status !== 'APPROVED' || left.amount_minor === 0n) return null;
  // The service refuses 0, and the field refuses what is no amount before that.
  const asked = (text = '') => minorOf(text, currency) ?? 0n;
  return (
    <FormButton
      label="Refund"
      scope="wallets:write"
      operation="refundPayment"
      fields={[
        {
          name: 'amount',
          label: `Amount in ${currency}`,
          description: `At most ${formatMoney(left)}`,
          pattern: '[0-9]+([.][0-9]+)?',
          initial: plainAmount(left),
        },
      ]}
      input={({ amount }) => ({ params: { payment_id }, body: { amount: asked(amount) } })}
      command={({ amount }) => `payments refund ${payment_id} --amount ${asked(amount)}`}
      isFinal
    >
      Moves the amount from the provider’s account back to the wallet of {payment.user_id}. It does not ask the gateway.
    </FormButton>
  );
}

function Asked({ payment }: { payment: Payment }) {
  const { user_id, failure } = payment;
  return (
    <Facts>
      <Fact name="Amount">
        <strong>
          <Money of={minor(payment.amount, payment)} />
        </strong>
      </Fact>
      <Fact name="Refunded">
        <Money of={minor(payment.refunded_amount, payment)} />
      </Fact>
      <Fact name="From the wallet">
        <To path={`/wallets/${encodeURIComponent(user_id)}`} className="id">
          {user_id}
        </To>
      </Fact>
      <Fact name="To the provider">
        <span className="id">{payment.provider_id}</span>
      </Fact>
      <Fact name="For">
        <span className="id">{payment.external_reference}</span>
      </Fact>
      <Fact name="Id at the gateway">
        <span className="id">{payment.gateway_id ?? '–'}</span>
      </Fact>
      {failure && (
        <Fact name="Failure">
          <strong>{failure.code}</strong>: {failure.message}
        </Fact>
      )}
      <Fact name="Created">
        <Time at={payment.created_at} />
      </Fact>
      <Fact name="Last change">
        <Time at={payment.updated_at} />
      </Fact>
    </Facts>
  );
}

function Refunds({ payment }: { payment: Payment }) {
  if (payment.status !== 'APPROVED') return null;
  return (
    <Panel title="Refunds">
      <DataTable
        label="Refunds, oldest first"
        columns={[
          { header: 'Refund', cell: ({ refund_id }) => <span className="id">{refund_id}</span> },
          { header: 'Amount', cell: ({ amount }) => <Money of={minor(amount, payment)} />, isNumber: true },
          { header: 'Time', cell: ({ created_at }) => <Time at={created_at} />, isWide: true },
        ]}
        rows={payment.refunds}
        keyOf={({ refund_id }) => refund_id}
        empty={<Text>Nothing of it was refunded.</Text>}
      />
    </Panel>
  );
}
