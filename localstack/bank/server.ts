/**
 * The mock bank: the rail that Sluice pays through on a laptop. Every crash test uses its audit to find double payments.
 *
 *     node localstack/bank/server.ts [--port 4600] [--ledger .sluice/bank.sqlite] [--host 127.0.0.1]
 *         [--notify http://127.0.0.1:3000/rail/notifications] [--exit-with-parent]
 *
 * SLUICE_BANK_PORT and SLUICE_BANK_LEDGER set the defaults of the first two; SLUICE_BANK_SECRET is what notifications are signed
 * with. With --exit-with-parent the bank exits when its
 * stdin ends. Every outcome that it answered survives kill -9; a power failure may lose the last ones (see database.ts).
 *
 * The bank does not deduplicate: every instruction that it accepts moves money, even under a reference that it has seen
 * before. It records an instruction before it does anything else with it.
 *
 * ## Pay: POST /transfers, POST /charges, POST /broadcasts
 *
 *     {"reference": "p1.1", "instruction": "p1", "amount_minor": "150050", "currency": "IDR", "destination": {...}}
 *
 * `reference` names this attempt, `instruction` the payment. Answers:
 *
 *     201 {"reference", "status": "completed", "bank_id", "confirmations"?}
 *     402 | 403 | 409 | 410 | 422 | 429 | 504 {"reference", "status": "refused", "code", "message"}    no money moved
 *     400 | 401 {"status": "error", "code": "BAD_REQUEST" | "UNAUTHORIZED", "message"}            nothing recorded
 *
 * The codes are in refusals.ts. The `bank_id` of a broadcast is its transaction hash. `confirmations`, of broadcasts only, is
 * the number of blocks on top of the transaction.
 *
 * ## Look up: GET /transfers/{reference}, GET /charges/{reference}, GET /broadcasts/{reference}
 *
 *     200 {"reference", "status": "completed" | "refused" | "processing", "bank_id"?, "confirmations"?, "code"?, "message"?}
 *     200 {"reference", "status": "returned", "bank_id", "returned_minor", "code", "returned_at"}    also if a part was given back
 *     404 {"reference", "status": "not_found"}
 *
 * If a reference arrived more than once: completed if any arrival is, else processing if any is, else the last refusal. The
 * mode does not affect look-ups. `lookups: "down"` makes them answer 503 with no body.
 *
 * ## Give money back: POST /simulate/return {"reference", "code", "amount_minor"?, "delay_ms"?}
 *
 *     202 {"notification_id"}        400 the transfer has not moved so much, or not yet
 *
 * By default all that is not given back yet. With --notify the bank then sends a notification, and again until the answer is 2xx:
 *
 *     {"type": "transfer.returned", "reference", "amount_minor", "currency", "code", "returned_at"}
 *
 * It is signed as Standard Webhooks defines it (lib/kernel/signature.ts).
 *
 * ## Settings: GET /mode, PUT /mode {mode?, code?, latency_ms?, seed?, duplicates?, lookups?, block_ms?, reorg_depth?,
 *     returns_percent?, returns_after_ms?, notifications?, accepts?}
 *
 * Omitted fields keep their value. All settings survive a restart. The settings at arrival apply to an instruction.
 *
 * - `mode`
 *   - `happy`: pays. `latency`: pays after 50-500 ms, or after `latency_ms` if it is not [0, 0].
 *   - `timeout`: does not answer and does not record the instruction. `timeout-after-effect`: pays and does not answer. The
 *     connection stays open for at most 60 s.
 *   - `500`: answers 500. Half of the instructions have moved money; the others are recorded as refused with BANK_API_TIMEOUT.
 *   - `declined`: refuses with `code` (INVALID_BANK_ACCOUNT). `garbage`: pays and answers 200 with an invalid body.
 *   - `random`: 85 % pays, 5 % INVALID_BANK_ACCOUNT, 3 % BANK_API_TIMEOUT, 3 % INSUFFICIENT_FUNDS,
 *     2 % ACCOUNT_BLOCKED, 2 % RATE_LIMITED. Each draw is hash(reference, seed), so runs repeat.
 *   - `reorg`: undoes a broadcast once it has `reorg_depth` (1) confirmations. Half of them are dropped; look-ups then answer
 *     refused with TRANSACTION_DROPPED. The others are mined again and count confirmations from 0. The other rails pay.
 * - `block_ms`: time between blocks. With 0, the default, broadcasts are final at once; mode `reorg` then uses 50.
 * - `latency_ms: [min, max]`: time from arrival to outcome, at most 60,000. Until then look-ups answer `processing`.
 * - `returns_percent`: the share of transfers that are given back with code AC04, drawn by hash(reference, seed).
 *   `returns_after_ms: [min, max]`: when, counted from their outcome.
 * - `notifications`: `twice` sends each of them two times at once, `down` sends none until the setting changes.
 * - `accepts`: a list of credentials as in docs/rails.md. Instructions and look-ups need one of them and get 401 otherwise, and
 *   nothing is recorded. During a rotation it has the old and the new ones. Empty: none are needed. Answers do not have it.
 * - `duplicates`: `pay` again, or `reject` with 409 DUPLICATE_REFERENCE.
 *
 * ## Audit
 *
 *     GET /audit?prefix=&kind=    {"instructions", "arrivals", "moved", "moved_more_than_once", "totals": {"IDR": "…"}}
 *     GET /audit/instructions?prefix=&after=&limit=
 *         {"instructions": [{"instruction", "moves", "moved_minor", "returned_minor", "currency", "attempts", "references"}], "next"}
 *
 * A dropped transaction does not count as moved, unless the same instruction arrived again before the drop: then both count.
 * `kind` is transfers, charges or broadcasts. `attempts` counts arrivals. Amounts are strings in the smallest unit. `next` is
 * the `after` of the next page, null on the last. `limit` is 1,000 by default, at most 5,000.
 *
 *     GET /health    200 {"status": "ok"}          DELETE /ledger    204, deletes every arrival and keeps the settings
 */
import { parseArgs } from 'node:util';
import { type RunningBank, startBank } from './bank.ts';
import type { NotifyOptions } from './notifier.ts';

export { type RunningBank, startBank } from './bank.ts';

type CommandLine = {
  readonly port: number;
  readonly ledgerFile: string;
  readonly host: string;
  readonly notify: NotifyOptions | undefined;
  exitWithParent: boolean;
};

function readCommandLine(): CommandLine {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: process.env.SLUICE_BANK_PORT ?? '4600' },
      ledger: { type: 'string', default: process.env.SLUICE_BANK_LEDGER ?? '.sluice/bank.sqlite' },
      host: { type: 'string', default: '127.0.0.1' },
      notify: { type: 'string' },
      'exit-with-parent': { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) throw new Error(`${values.port} is not a port number`);
  const { SLUICE_BANK_SECRET: secret = '' } = process.env;
  if (values.notify && !secret) throw new Error('--notify needs SLUICE_BANK_SECRET');
  const notify = values.notify ? { url: values.notify, secret } : undefined;
  return { port, ledgerFile: values.ledger, host: values.host, notify, exitWithParent: values['exit-with-parent'] };
}

function explain(error: unknown, { port, ledgerFile }: CommandLine): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `port ${port} is in use: free it, or set --port or SLUICE_BANK_PORT`;
  if (message === 'database is locked')
    return `another bank has the ledger ${ledgerFile} open: stop it, or set --ledger`;
  return message;
}

/** Exits on SIGTERM, on SIGINT and, with `exitWithParent`, at the end of stdin. */
function exitOnRequest(bank: RunningBank, exitWithParent: boolean): void {
  let isStopping = false;
  const exit = async () => {
    if (isStopping) return;
    isStopping = true;
    await bank.stop();
    process.exit(0);
  };
  process.on('SIGTERM', exit).on('SIGINT', exit);
  if (exitWithParent) process.stdin.on('end', exit).on('error', exit).resume();
}

function fail(reason: string): never {
  console.error(`mock bank: ${reason}`);
  process.exit(1);
}

async function main(): Promise<void> {
  const commandLine = readCommandLine();
  try {
    const bank = await startBank(commandLine);
    exitOnRequest(bank, commandLine.exitWithParent);
    console.log(`mock bank listening on ${bank.url}, ledger ${commandLine.ledgerFile}`);
  } catch (error) {
    fail(explain(error, commandLine));
  }
}

if (import.meta.main) main().catch((error: Error) => fail(error.message));
