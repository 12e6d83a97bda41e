/** Files of payouts. */

const HEADER = 'vendor_id,vendor_name,amount,currency,bank_account,bank_name,transaction_ids';
export const csvRow = (number: number, amount = '10.00') =>
  `v-${number},Vendor ${number},${amount},IDR,12345678${number},Bank,t-${number};u-${number}`;
export const csvFile = (rows: readonly string[]) => `${[HEADER, ...rows].join('\n')}\n`;
export const someRows = (count: number) => Array.from({ length: count }, (_, index) => csvRow(index + 1));
