import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { knownBy, recall, rememberKey } from '../aws/idempotency.ts';
import { newestFirst } from '../aws/listing.ts';
import { getItem } from '../aws/read.ts';
import { putNew } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import { invariant } from '../kernel/errors.ts';
import { companion, STALE } from '../ledger/items.ts';
import { parseProviderId } from './ids.ts';
import { ALL_PROVIDERS, providerItem, providerKey, providerOf } from './items.ts';
import type { ProviderStore, WalletStore } from './ports.ts';

export function dynamoWallets(client: DynamoDBDocumentClient, table: string, eventsTable: string): WalletStore {
  return {
    toDeposit(posted, keyed, event) {
      const items = {
        key: rememberKey(table, keyed, `${posted.line.seq}`, Date.parse(event.time)),
        event: appendToOutbox(eventsTable, event),
      };
      return companion(items, (refused) => knownBy({ refused }, keyed) ?? STALE);
    },

    recall: (keyed, now) => recall(client, table, keyed, now),
  };
}

export function dynamoProviders(client: DynamoDBDocumentClient, table: string): ProviderStore {
  const listing = {
    ...{ table, partition: ALL_PROVIDERS, parseId: parseProviderId, keyOf: providerKey, decode: providerOf },
  };
  return {
    async insert(provider) {
      const written = await putNew(client, table, providerItem(provider));
      if (written.done) return { provider, inserted: true };
      invariant(written.found, 'a provider is never deleted');
      return { provider: providerOf(written.found), inserted: false };
    },

    async read(id) {
      const item = await getItem(client, table, providerKey(id));
      return item && providerOf(item);
    },

    list: (page) => newestFirst(client, listing, page),
  };
}
