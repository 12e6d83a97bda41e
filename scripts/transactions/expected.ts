import { readFileSync, writeFileSync } from 'node:fs';
import { Groups } from '../settlement/groups.ts';

const HEADER = 'merchant_id,date,gross_cents,fee_cents,net_cents,txn_count';

/** What the settlement of a file of transactions has to come to: by date, then by merchant. */
export function writeExpected(file: string, groups: Groups): void {
  let text = `${HEADER}\n`;
  for (const { merchantId, day, gross, fee, count } of groups) {
    text += `${merchantId},${day},${gross},${fee},${gross - fee},${count}\n`;
  }
  writeFileSync(file, text);
}

/** @throws Error if it is no such file */
export function readExpected(file: string): Groups {
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  if (header !== HEADER) throw new Error(`${file} does not begin with ${HEADER}`);
  const groups = new Groups();
  for (const line of lines) {
    const [merchantId = '', day = '', gross = '', fee = '', , count] = line.split(',');
    groups.add(day, merchantId, BigInt(gross), BigInt(fee), Number(count));
  }
  return groups;
}
