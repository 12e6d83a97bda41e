/**
 * The mock bank: the money rail that Sluice pays through on a laptop, and the judge in every crash test.
 *
 *     node localstack/bank/server.ts [--port 4600] [--ledger .sluice/bank.sqlite] [--host 127.0.0.1] [--exit-with-parent]
 *
 * SLUICE_BANK_PORT and SLUICE_BANK_LEDGER stand in for the first two. With --exit-with-parent it ends when its stdin
 * does. Every answer it gave outlives kill -9 of the process; a power cut may cost the last few (see database.ts).
 *
 * It forgives nothing: every instruction that is accepted moves money, also under a reference that it has seen
 * before. What has arrived is on record before anything else happens to it.
 *
 * ## Paying: POST /transfers, POST /charges, POST /broadcasts
 *
 *     {"reference": "p1.1", "instruction": "p1", "amount_minor": "150050", "currency": "IDR", "destination": {...}}
 *
 * `reference` names this attempt, `instruction` the payment that it is an attempt at. Answers:
 *
 *     201 {"reference", "status": "completed", "bank_id", "confirmations"?}
 *     402 | 403 | 409 | 410 | 422 | 429 | 504 {"reference", "status": "refused", "code", "message"}    no money moved
 *     400 {"status": "error", "code": "BAD_REQUEST", "message"}                                  nothing recorded
 *
 * The codes are in refusals.ts. Of a broadcast the `bank_id` is the hash of its transaction, and `confirmations` say how
 * many blocks are on top of it.
 *
 * ## Asking: GET /transfers/{reference}, and so for the other two rails
 *
 *     200 {"reference", "status": "completed" | "refused" | "processing", "bank_id"?, "confirmations"?, "code"?, "message"?}
 *     404 {"reference", "status": "not_found"}
 *
 * Of a reference that arrived more than once: completed if any arrival is, else processing if any is, else the last
 * refusal. The mode does not touch look-ups; `lookups: "down"` makes them answer 503 with no body.
 *
 * ## Behaving: GET /mode, PUT /mode {mode?, code?, latency_ms?, seed?, duplicates?, lookups?, block_ms?, reorg_depth?}
 *
 * Fields that are not given keep their value; all of them survive a restart. An instruction is treated as the
 * settings say at the moment it arrives.
 *
 * - `mode`
 *   - `happy`: pays. `latency`: pays, and takes 50-500 ms where latency_ms is [0, 0].
 *   - `timeout`: never answers and knows nothing of the instruction. `timeout-after-effect`: pays, never answers.
 *     The sender is kept on the line for at most 60 s.
 *   - `500`: answers 500; half have moved the money, the others are on record as refused with BANK_API_TIMEOUT.
 *   - `declined`: refuses with `code` (INVALID_BANK_ACCOUNT). `garbage`: pays, and answers 200 with nonsense.
 *   - `random`: 85 % pays, 5 % INVALID_BANK_ACCOUNT, 3 % BANK_API_TIMEOUT, 3 % INSUFFICIENT_FUNDS,
 *     2 % ACCOUNT_BLOCKED, 2 % RATE_LIMITED. Every draw is by hash(reference, seed): runs repeat.
 *   - `reorg`: broadcasts are mined, and undone once they have `reorg_depth` (1) confirmations: one half for good, which
 *     look-ups then call refused with TRANSACTION_DROPPED, the other half to be mined again, from no confirmations on.
 *     The other rails pay.
 * - `block_ms`: how long a block takes; 0, as it is at first, makes broadcasts final at once (50 in mode `reorg`).
 * - `latency_ms: [min, max]`: from arrival to outcome, at most 60,000. A look-up says `processing` meanwhile.
 * - `duplicates`: `pay` again, or `reject` with 409 DUPLICATE_REFERENCE.
 *
 * ## Judging
 *
 *     GET /audit?prefix=&kind=    {"instructions", "arrivals", "moved", "moved_more_than_once", "totals": {"IDR": "…"}}
 *     GET /audit/instructions?prefix=&after=&limit=
 *         {"instructions": [{"instruction", "moves", "moved_minor", "currency", "attempts", "references"}], "next"}
 *
 * What was dropped has not moved, unless another arrival of the same instruction came while it stood: then both count, for
 * ever. `kind` is transfers, charges or broadcasts; `attempts` counts arrivals; amounts are strings of smallest units.
 * `next`, null at the end, is the next page's `after`. `limit` is 1,000, at most 5,000.
 *
 *     GET /health    200 {"status": "ok"}          DELETE /ledger    204, forgets every arrival and keeps the settings
 */
import { parseArgs } from 'node:util';
import { type RunningBank, startBank } from './bank.ts';

export { type RunningBank, startBank } from './bank.ts';

type CommandLine = {
  readonly port: number;
  readonly ledgerFile: string;
  readonly host: string;
  exitWithParent: boolean;
};

function readCommandLine(): CommandLine {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: process.env.SLUICE_BANK_PORT ?? '4600' },
      ledger: { type: 'string', default: process.env.SLUICE_BANK_LEDGER ?? '.sluice/bank.sqlite' },
      host: { type: 'string', default: '127.0.0.1' },
      'exit-with-parent': { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) throw new Error(`${values.port} is not a port number`);
  return { port, ledgerFile: values.ledger, host: values.host, exitWithParent: values['exit-with-parent'] };
}

function explain(error: unknown, { port, ledgerFile }: CommandLine): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `port ${port} is in use: end what holds it, or set --port or SLUICE_BANK_PORT`;
  if (message === 'database is locked') return `another bank holds the ledger ${ledgerFile}: end it, or set --ledger`;
  return message;
}

/** Ends the process however it is asked to, once. */
function endOnRequest(bank: RunningBank, exitWithParent: boolean): void {
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    await bank.stop();
    process.exit(0);
  };
  process.on('SIGTERM', end).on('SIGINT', end);
  if (exitWithParent) process.stdin.on('end', end).on('error', end).resume();
}

function fail(reason: string): never {
  console.error(`mock bank: ${reason}`);
  process.exit(1);
}

async function main(): Promise<void> {
  const commandLine = readCommandLine();
  try {
    const bank = await startBank(commandLine);
    endOnRequest(bank, commandLine.exitWithParent);
    console.log(`mock bank listening on ${bank.url}, ledger ${commandLine.ledgerFile}`);
  } catch (error) {
    fail(explain(error, commandLine));
  }
}

if (import.meta.main) main().catch((error: Error) => fail(error.message));
