import { readFileSync, writeFileSync } from 'node:fs';
import { Groups } from '../settlement/groups.ts';

const HEADER = 'merchant_id,date,gross_cents,fee_cents,net_cents,txn_count';

/** Writes the expected settlement of a file of transactions, by date, then by merchant. */
export function writeExpected(file: string, groups: Groups): void {
  let text = `${HEADER}\n`;
  for (const { merchantId, day, gross, fee, count } of groups) {
    text += `${merchantId},${day},${gross},${fee},${gross - fee},${count}\n`;
  }
  writeFileSync(file, text);
}

/** @throws Error if the file has another header */
export function readExpected(file: string): Groups {
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  if (header !== HEADER) throw new Error(`${file} does not begin with the header ${HEADER}`);
  const groups = new Groups();
  for (const line of lines) {
    const [merchantId = '', day = '', gross = '', fee = '', , count] = line.split(',');
    groups.add(day, merchantId, BigInt(gross), BigInt(fee), Number(count));
  }
  return groups;
}
