/** What `npm start` tells the person who typed it. */

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

export function announcement({ api, apiKey, aws, bank }: Endpoints, { dataDir }: Settings, seconds: number): string {
  const key = `-H 'X-API-Key: ${apiKey}'`;
  return `
Sluice is ready after ${seconds.toFixed(1)} s.

  API        ${api}
  API key    ${apiKey}
  AWS        ${aws}   (aws --endpoint-url ${aws} sqs list-queues)
  Mock bank  ${bank}
  Data       ${dataDir}   (logs in ${dataDir}/logs)

Try:

  curl -s ${api}/batches ${key} -H 'Content-Type: application/json' -d '${JSON.stringify(SMALL_BATCH)}'
  curl -s ${api}/batches/first ${key}
  curl -s ${api}/health

Ctrl-C stops all of it.
`;
}

/** Passes each text on at most once in ten seconds: a bank that is down fails every payout with the same words. */
export function withoutRepeats(say: (line: string) => void): (line: string) => void {
  const saidAt = new Map<string, number>();
  return (line) => {
    const now = Date.now();
    if (now - (saidAt.get(line) ?? 0) < 10_000) return;
    if (saidAt.size > 1_000) saidAt.clear();
    saidAt.set(line, now);
    say(line);
  };
}
