import { SimpleGrid, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { Payout } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { ActionButton, REASON } from '../parts/action-button.tsx';
import { CopyAs, quoted } from '../parts/copy-as.tsx';
import { Explained } from '../parts/explained.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Life, lifePolling, RailCalls } from '../parts/life.tsx';
import { LookUp } from '../parts/look-up.tsx';
import { Money } from '../parts/money.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Status } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';

const route = getRouteApi('/payouts/$payoutId');
const OPEN: readonly Payout['status'][] = ['pending', 'processing', 'retrying', 'unknown'];

export function PayoutScreen() {
  const { payoutId } = route.useParams();
  const input = { params: { payout_id: payoutId } };
  const query = useResource('getPayout', input, {
    every: (payout) => (payout && OPEN.includes(payout.status) ? 2_000 : 15_000),
  });
  return (
    <Page
      title={payoutId}
      aside={query.data && <Status of={query.data.status} />}
      actions={
        <>
          {query.data?.status === 'unknown' && <LookUp {...query.data} />}
          {query.data && OPEN.includes(query.data.status) && !query.data.cancellation && <Cancel payoutId={payoutId} />}
          <CopyAs command={`payouts get ${payoutId}`} operation="getPayout" input={input} />
        </>
      }
    >
      <Loaded query={query}>{(payout) => <Shown payout={payout} />}</Loaded>
    </Page>
  );
}

function Shown({ payout }: { payout: Payout }) {
  const { payout_id, status, updated_at } = payout;
  const input = { params: { payout_id } };
  const polling = lifePolling(OPEN.includes(status), updated_at);
  const explanation = useResource('explainPayout', input, polling);
  const timeline = useResource('getPayoutTimeline', input, polling);
  return (
    <>
      <Loaded query={explanation}>{(known) => <Explained explanation={known} />}</Loaded>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="Payment">
          <Payment payout={payout} />
        </Panel>
        <Panel title="At the rail">
          <Rail payout={payout} />
        </Panel>
      </SimpleGrid>
      <Loaded query={explanation}>{(known) => <RailCalls explanation={known} />}</Loaded>
      <Loaded query={timeline}>{(past) => <Life timeline={past} />}</Loaded>
    </>
  );
}

const Cancel = ({ payoutId }: { payoutId: string }) => (
  <ActionButton
    label="Cancel"
    scope="payouts:write"
    operation="cancelPayout"
    asks={REASON}
    input={(reason) => ({ params: { payout_id: payoutId }, body: { reason } })}
    command={(reason) => `payouts cancel ${payoutId} --reason ${quoted(reason)}`}
    isFinal
  >
    It is not sent after this, unless a call was under way. If a call may have reached the rail, it ends as the rail
    decides.
  </ActionButton>
);

function Payment({ payout }: { payout: Payout }) {
  const [batchId = ''] = payout.payout_id.split('.');
  const { destination, payee } = payout;
  return (
    <Facts>
      <Fact name="Amount">
        <strong>
          <Money of={payout} />
        </strong>
      </Fact>
      <Fact name="Payee">
        {payee.name} <span className="id">{payee.id}</span>
      </Fact>
      <Fact name="Destination">
        {destination.type === 'pix' ? (
          <>
            Pix <span className="id">{destination.pix_key}</span>
          </>
        ) : (
          <>
            {destination.bank_name} <span className="id">{destination.bank_account}</span>
          </>
        )}
      </Fact>
      <Fact name="Your id">
        <span className="id">{payout.external_id}</span>
      </Fact>
      <Fact name="Batch">
        <To path={`/batches/${batchId}`} className="id">
          {batchId}
        </To>
      </Fact>
      {payout.transaction_ids.length > 0 && (
        <Fact name="Transactions">
          <span className="id">{payout.transaction_ids.join(', ')}</span>
        </Fact>
      )}
    </Facts>
  );
}

function Rail({ payout }: { payout: Payout }) {
  const { failure, returned, cancellation } = payout;
  return (
    <Facts>
      <Fact name="Reference">
        <span className="id">{payout.reference}</span>
      </Fact>
      <Fact name="Id at the bank">
        <span className="id">{payout.bank_id ?? '–'}</span>
      </Fact>
      <Fact name="Attempts">{payout.attempts}</Fact>
      {failure && (
        <Fact name="Last answer">
          <strong>{failure.code}</strong>: {failure.message}
          <Text size="sm" c="dimmed">
            {failure.retryable ? 'It can be retried.' : 'It is refused for good.'}
          </Text>
        </Fact>
      )}
      {returned && (
        <Fact name="Given back">
          <strong>{returned.code}</strong>, <Time at={returned.at} />
        </Fact>
      )}
      {cancellation && (
        <Fact name="Cancellation">
          {cancellation.reason}, <Time at={cancellation.at} />
        </Fact>
      )}
      {payout.unknown_since && (
        <Fact name="Outcome unknown since">
          <Time at={payout.unknown_since} />
        </Fact>
      )}
      <Fact name="Last change">
        <Time at={payout.updated_at} />
      </Fact>
    </Facts>
  );
}
