import { createHash } from 'node:crypto';
import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import type { TransactionStatus } from '../../lib/transactions/transaction.ts';
import { Groups, type Sums } from '../settlement/groups.ts';
import { Shuffled } from './draws.ts';
import { writeExpected } from './expected.ts';
import { type Plan, type Sale, Sales } from './sales.ts';

export const FORMATS = ['csv', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

export type Written = {
  readonly bytes: number;
  readonly sha256: string;
  readonly byStatus: Readonly<Record<TransactionStatus, Sums>>;
  /** Of paid transactions only: others are not settled. */
  readonly groups: Groups;
  readonly expectedFile: string;
};

const ROWS_PER_WRITE = 10_000;
const CSV_HEADER = 'id,merchant_id,amount_cents,fee_cents,status,paid_at\n';

/** No value needs quoting. */
const LINES: Record<Format, (sale: Sale) => string> = {
  csv: ({ id, merchantId, amountCents, feeCents, status, paidAt }) =>
    `${id},${merchantId},${amountCents},${feeCents},${status},${paidAt}\n`,
  jsonl: ({ id, merchantId, amountCents, feeCents, status, paidAt }) =>
    `{"id":"${id}","merchant_id":"${merchantId}","amount_cents":${amountCents},"fee_cents":${feeCents},"status":"${status}","paid_at":"${paidAt}"}\n`,
};

/**
 * Writes the sales of a plan to a file, and their expected settlement to another, summed row by row. Memory grows with
 * merchants and days, not with rows. The file gets its name when it is complete.
 */
export function writeSales(plan: Plan, file: string, { format = 'csv', isShuffled = false }: Options = {}): Written {
  const sales = new Sales(plan);
  const order = isShuffled ? new Shuffled(plan.rows, plan.seed) : undefined;
  const lineOf = LINES[format];
  const totals = new Totals();
  const output = new Output(`${file}.part`);
  let text = format === 'csv' ? CSV_HEADER : '';
  for (let row = 0; row < plan.rows; row += 1) {
    const sale = sales.at(order ? order.at(row) : row);
    totals.add(sale);
    text += lineOf(sale);
    if (row % ROWS_PER_WRITE === ROWS_PER_WRITE - 1) {
      output.write(text);
      text = '';
    }
  }
  output.write(text);
  const written = output.end();
  renameSync(`${file}.part`, file);
  const expectedFile = `${file}.expected.csv`;
  writeExpected(expectedFile, totals.groups);
  return { ...written, ...totals, expectedFile };
}

export type Options = { readonly format?: Format; readonly isShuffled?: boolean };

class Totals {
  readonly byStatus: Record<TransactionStatus, Sums> = {
    PAID: { gross: 0n, fee: 0n, count: 0 },
    FAILED: { gross: 0n, fee: 0n, count: 0 },
    REFUNDED: { gross: 0n, fee: 0n, count: 0 },
  };
  readonly groups = new Groups();

  add({ merchantId, amountCents, feeCents, status, paidAt }: Sale): void {
    const [gross, fee] = [BigInt(amountCents), BigInt(feeCents)];
    const sums = this.byStatus[status];
    sums.gross += gross;
    sums.fee += fee;
    sums.count += 1;
    if (status === 'PAID') this.groups.add(paidAt.slice(0, 10), merchantId, gross, fee);
  }
}

class Output {
  readonly #descriptor: number;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(file: string) {
    this.#descriptor = openSync(file, 'w');
  }

  write(text: string): void {
    const content = Buffer.from(text);
    for (let at = 0; at < content.length; ) at += writeSync(this.#descriptor, content, at);
    this.#hash.update(content);
    this.#bytes += content.length;
  }

  end() {
    closeSync(this.#descriptor);
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}
