import { onTestFinished } from 'vitest';
import { Sluice, type SluiceOptions } from '../../client/index.ts';
import { type Reply, ScriptedServer } from './http-server.ts';

/** A client of a server that answers with these replies in their order. The server ends with the test. */
export async function clientOf(replies: readonly Reply[], options: Partial<SluiceOptions> = {}) {
  const server = await ScriptedServer.answering(...replies);
  onTestFinished(() => server.close());
  return { server, sluice: new Sluice({ baseUrl: server.url, apiKey: 'k-1', ...options }) };
}

export const BATCH = { batch_id: 'b-1', status: 'completed', total_count: 1 };
export const ITEM = { external_id: 'w-1', user_id: 'u-7', amount_cents: 1999, pix_key: 'maria@example.com' };
