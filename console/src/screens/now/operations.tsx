import { Code, SimpleGrid } from '@mantine/core';
import type { Circuit, Counted, OperationsOverview, PayoutOverview } from '../../../../client/index.ts';
import { useResource } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { commandOf } from '../../parts/copy-as.tsx';
import { Fact, Facts } from '../../parts/facts.tsx';
import { Loaded, Panel } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import { Ago } from '../../parts/time.tsx';
import { To } from '../../parts/to.tsx';

const EVERY_MS = 5_000;

const RAILS: Record<Circuit['rail'], string> = {
  bank: 'Bank: payouts',
  gateway: 'Gateway: payments',
  chain: 'Chain: withdrawals',
};

const WORK: Record<keyof OperationsOverview['oldest_due'], string> = {
  withdrawals: 'Withdrawals',
  payments: 'Payments',
  imports: 'Imports without progress',
  events: 'Events to publish',
  webhook_deliveries: 'Webhook deliveries',
};

const CircuitOf = ({ state, open_processes, open_since }: Circuit) => (
  <>
    <Status of={state} />
    {open_since && (
      <>
        {' '}
        in {formatCount(open_processes)} {open_processes === 1 ? 'process' : 'processes'}, opened{' '}
        <Ago at={open_since} />
      </>
    )}
  </>
);

const Since = ({ at }: { at: string | null }) => (at ? <Ago at={at} /> : 'nothing');

const numberOf = ({ count, is_whole }: Counted) => `${is_whole ? '' : 'more than '}${formatCount(count)}`;

/** A number, and the command that processes what it counts. */
function Dead({ of, command }: { of: Counted; command: string }) {
  if (of.count === 0) return numberOf(of);
  return (
    <>
      {numberOf(of)}: <Code>{commandOf(command)}</Code>
    </>
  );
}

/** What waits and what has failed in all domains: for keys with the scope `operations`. */
export function Operations({ oldest_waiting }: Pick<PayoutOverview, 'oldest_waiting'>) {
  const query = useResource('getOperations', {}, { every: EVERY_MS });
  return (
    <Loaded query={query}>
      {({ circuits, oldest_due, dead_letters }) => (
        <SimpleGrid cols={{ base: 1, md: 3 }}>
          <Panel title="Circuits to the rails">
            <Facts>
              {circuits.map((circuit) => (
                <Fact key={circuit.rail} name={RAILS[circuit.rail]}>
                  <CircuitOf {...circuit} />
                </Fact>
              ))}
            </Facts>
          </Panel>
          <Panel title="Waits for a worker since">
            <Facts>
              <Fact name="Chunks of batches">
                {oldest_waiting ? (
                  <To path={`/batches/${oldest_waiting.batch_id}`} search={{ chunk: `${oldest_waiting.chunk}` }}>
                    <Ago at={oldest_waiting.since} />
                  </To>
                ) : (
                  'nothing'
                )}
              </Fact>
              {Object.entries(WORK).map(([work, name]) => (
                <Fact key={work} name={name}>
                  <Since at={oldest_due[work as keyof typeof WORK]} />
                </Fact>
              ))}
            </Facts>
          </Panel>
          <Panel title="Dead letters of other domains">
            <Facts>
              <Fact name="Withdrawals">
                <Dead of={dead_letters.withdrawals} command="redrive --withdrawals" />
              </Fact>
              <Fact name="Notifications of the bank">
                <Dead of={dead_letters.rail_notifications} command="redrive --notification <id>" />
              </Fact>
              <Fact name="Webhook deliveries that failed">
                <To path="/webhooks">{numberOf(dead_letters.webhook_deliveries)}</To>
              </Fact>
            </Facts>
          </Panel>
        </SimpleGrid>
      )}
    </Loaded>
  );
}
