import { z } from 'zod';
import { count, orNull, time } from '../kernel/fields.ts';
import { RAILS } from '../rail/index.ts';
import { DEAD_LETTERS } from './read-operations.ts';
import { WORK } from './work.ts';

/** GET /health, which checks the database only, and GET /health/deep. `mismatch`: all is up, but an operator has to run `npm run migrate`. */
export const healthAnswer = z
  .object({
    status: z.enum(['ok', 'mismatch', 'degraded']),
    checks: z.record(z.string(), z.enum(['up', 'down'])),
    migrations: z.object({
      expected: z.int(),
      found: z.union([z.int(), z.null()]),
      dirty: z.union([z.boolean(), z.null()]),
    }),
  })
  .meta({ id: 'Health' });

const each = <Name extends string, Value extends z.ZodType>(names: readonly Name[], value: Value) =>
  z.object(Object.fromEntries(names.map((name) => [name, value])) as Record<Name, Value>);

const circuit = z.object({
  rail: z.enum(RAILS),
  state: z.enum(['closed', 'open']),
  failures: count().meta({
    description:
      'Sends in a row without an answer, of all processes. While the circuit is open, nothing is sent but a test now and then.',
  }),
  open_since: orNull(time()),
  changed_at: orNull(time()).meta({
    description:
      'The last send without an answer, the last test, or the end of such a series. Null: the rail has answered for an hour.',
  }),
});

const oldest = z.object({
  since: time(),
  id: z.string().meta({ description: 'Of the withdrawal, payment, import or delivery; of an event, its subject.' }),
});

/** GET /overview. Times instead of ages: so an answer changes only when something happens. */
export const operationsAnswer = z
  .object({
    circuits: z.array(circuit.meta({ id: 'Circuit' })),
    oldest_due: each(WORK, orNull(oldest.meta({ id: 'OldestWork' }))).meta({
      description:
        'The oldest work that is due and that no worker has. Of imports: the running one without progress for the longest time. Of events: the oldest that is not published.',
    }),
    dead_letters: each(
      DEAD_LETTERS,
      z
        .object({ count: count(), is_whole: z.boolean().meta({ description: 'False: there are more.' }) })
        .meta({ id: 'Counted' }),
    ).meta({ description: 'What waits for a person. Deliveries of webhooks: those whose last attempt has failed.' }),
    audit_chain: orNull(
      z
        .object({
          blocks: count(),
          events: count().meta({ description: 'In all blocks.' }),
          sealed_until: time().meta({
            description: 'Events before it are sealed, except for those that were stored late.',
          }),
          checked_at: time().meta({ description: 'The last run of the sealer, which runs every minute.' }),
        })
        .meta({ id: 'AuditChain' }),
    ).meta({ description: 'The chain of sealed blocks of events. Null before the first run of the sealer.' }),
  })
  .meta({ id: 'OperationsOverview' });
