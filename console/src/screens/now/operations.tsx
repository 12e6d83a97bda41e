import { SimpleGrid } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Circuit, KeyScope, OperationsOverview, PayoutOverview } from '../../../../client/index.ts';
import { useResource } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { Fact, Facts } from '../../parts/facts.tsx';
import { Loaded, Panel } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import { Ago } from '../../parts/time.tsx';
import { To } from '../../parts/to.tsx';
import { useCan } from '../../session.ts';

const EVERY_MS = 5_000;

/** A screen that lists what a number counts, and the scope without which it is not offered. */
type List = { readonly path: string; readonly search?: Readonly<Record<string, string>>; readonly scope: KeyScope };
type Named<Names extends string> = Readonly<Record<Names, { readonly name: string; readonly list?: List }>>;

const RAILS: Readonly<Record<Circuit['rail'], string>> = {
  bank: 'Bank: payouts',
  gateway: 'Gateway: payments',
  chain: 'Chain: withdrawals',
};

/** Deliveries are listed for each endpoint. */
const FAILED_DELIVERIES: List = { path: '/webhooks', search: { status: 'failed' }, scope: 'webhooks:read' };
const withdrawalsIn = (part: string): List => ({ path: '/withdrawals', search: { part }, scope: 'withdrawals:read' });

type Work = keyof OperationsOverview['oldest_due'];

/** The oldest work of each kind, and the screen that shows it. */
const WORK: Readonly<Record<Work, { readonly name: string; readonly screen: (id: string) => List }>> = {
  withdrawals: {
    name: 'Withdrawals',
    screen: (id) => ({ path: `/withdrawals/${id}`, scope: 'withdrawals:read' }),
  },
  payments: { name: 'Payments', screen: (id) => ({ path: `/payments/${id}`, scope: 'wallets:read' }) },
  imports: { name: 'Imports without progress', screen: importScreen },
  events: {
    name: 'Events to publish',
    screen: (subject) => ({ path: '/audit', search: { subject }, scope: 'operations' }),
  },
  webhook_deliveries: {
    name: 'Webhook deliveries',
    screen: (id) => ({ path: `/deliveries/${id}`, scope: 'webhooks:read' }),
  },
};

/** Files of payouts are imports too. */
function importScreen(id: string): List {
  return id.startsWith('upl_')
    ? { path: `/uploads/${id}`, scope: 'payouts:read' }
    : { path: `/imports/${id}`, scope: 'transactions:read' };
}

const DEAD_LETTERS: Named<keyof OperationsOverview['dead_letters']> = {
  withdrawals: { name: 'Withdrawals', list: withdrawalsIn('dead') },
  rail_notifications: { name: 'Notifications of the bank', list: { path: '/notifications', scope: 'operations' } },
  webhook_deliveries: { name: 'Webhook deliveries that failed', list: FAILED_DELIVERIES },
};

const namesOf = <Name extends string>(named: Readonly<Record<Name, unknown>>) => Object.keys(named) as Name[];

function Linked({ list, children }: { list: List | undefined; children: ReactNode }) {
  const can = useCan();
  if (!list || !can(list.scope)) return children;
  return (
    <To path={list.path} search={list.search ?? {}}>
      {children}
    </To>
  );
}

const CircuitOf = ({ state, failures, open_since }: Circuit) => (
  <>
    <Status of={state} />
    {open_since && (
      <>
        {' '}
        after {formatCount(failures)} sends without an answer, opened <Ago at={open_since} />
      </>
    )}
  </>
);

function OldestChunk({ oldest_waiting: oldest }: Pick<PayoutOverview, 'oldest_waiting'>) {
  if (!oldest) return 'nothing';
  return (
    <To path={`/batches/${oldest.batch_id}`} search={{ chunk: `${oldest.chunk}` }}>
      <Ago at={oldest.since} />
    </To>
  );
}

function OldestOf({ work, oldest }: { work: Work; oldest: OperationsOverview['oldest_due'][Work] }) {
  if (!oldest) return 'nothing';
  return (
    <Linked list={WORK[work].screen(oldest.id)}>
      <Ago at={oldest.since} />
    </Linked>
  );
}

/** What waits and what has failed in all domains: for keys with the scope `operations`. */
export function Operations(payouts: Pick<PayoutOverview, 'oldest_waiting'>) {
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
                <OldestChunk {...payouts} />
              </Fact>
              {namesOf(WORK).map((work) => (
                <Fact key={work} name={WORK[work].name}>
                  <OldestOf work={work} oldest={oldest_due[work]} />
                </Fact>
              ))}
            </Facts>
          </Panel>
          <Panel title="Dead letters of other domains">
            <Facts>
              {namesOf(DEAD_LETTERS).map((kind) => (
                <Fact key={kind} name={DEAD_LETTERS[kind].name}>
                  <Linked list={DEAD_LETTERS[kind].list}>
                    {dead_letters[kind].is_whole ? '' : 'more than '}
                    {formatCount(dead_letters[kind].count)}
                  </Linked>
                </Fact>
              ))}
            </Facts>
          </Panel>
        </SimpleGrid>
      )}
    </Loaded>
  );
}
