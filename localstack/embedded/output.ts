/** The console output of `npm start`. */

import type { Endpoints, Settings } from './settings.ts';

const SMALL_BATCH = {
  batch_id: 'first',
  payouts: [
    {
      vendor_id: 'v-1',
      vendor_name: 'Toko Maju',
      amount: 150000,
      currency: 'IDR',
      bank_account: '1234567890',
      bank_name: 'BCA',
      transaction_ids: ['t-1', 't-2'],
    },
  ],
};

export const print = (line: string) => process.stdout.write(`${line}\n`);

export function startMessage(
  { api, apiKey, aws, bank, laboratory }: Endpoints,
  { dataDir }: Settings,
  seconds: number,
): string {
  const key = `-H 'X-API-Key: ${apiKey}'`;
  return `
Sluice is ready after ${seconds.toFixed(1)} s.

  API        ${api}
  Console    ${api}/console/   (sign in with the API key)
  API key    ${apiKey}
  AWS        ${aws}   (aws --endpoint-url ${aws} sqs list-queues)
  Mock bank  ${bank}${laboratory ? `\n  Laboratory ${api}/console/laboratory   (its port: ${laboratory})` : ''}
  Data       ${dataDir}   (logs in ${dataDir}/logs)

Try:

  curl -s ${api}/batches ${key} -H 'Content-Type: application/json' -d '${JSON.stringify(SMALL_BATCH)}'
  curl -s ${api}/batches/first ${key}
  curl -s ${api}/health

Press Ctrl-C to stop.
`;
}

/** Writes the same line at most once in ten seconds: if the bank is down, every payout fails with the same message. */
export function withoutRepeats(write: (line: string) => void): (line: string) => void {
  const writtenAt = new Map<string, number>();
  return (line) => {
    const now = Date.now();
    if (now - (writtenAt.get(line) ?? 0) < 10_000) return;
    if (writtenAt.size > 1_000) writtenAt.clear();
    writtenAt.set(line, now);
    write(line);
  };
}
