import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { knownBy, recall, rememberKey } from '../aws/idempotency.ts';
import { newestFirst } from '../aws/listing.ts';
import { getItem } from '../aws/read.ts';
import { putNewItem, transactWriteNamed } from '../aws/transact.ts';
import { appendToOutbox } from '../events/items.ts';
import { invariant } from '../kernel/errors.ts';
import { companion, STALE } from '../ledger/items.ts';
import { parseProviderId } from './ids.ts';
import { ALL_PROVIDERS, providerItem, providerKey, providerOf } from './items.ts';
import type { ProviderStore, WalletStore } from './ports.ts';

export function dynamoWallets(client: DynamoDBDocumentClient, table: string, eventsTable: string): WalletStore {
  return {
    toOpen: (event) => companion({ event: appendToOutbox(eventsTable, event) }, () => STALE),

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

export function dynamoProviders(client: DynamoDBDocumentClient, table: string, eventsTable: string): ProviderStore {
  const listing = {
    ...{ table, partition: ALL_PROVIDERS, parseId: parseProviderId, keyOf: providerKey, decode: providerOf },
  };
  return {
    async insert(provider, event) {
      const written = await transactWriteNamed(client, {
        provider: putNewItem(table, providerItem(provider)),
        event: appendToOutbox(eventsTable, event),
      });
      if (written.done) return { provider, inserted: true };
      const found = written.refused.get('provider');
      invariant(found, 'a provider is never deleted');
      return { provider: providerOf(found), inserted: false };
    },

    async read(id) {
      const item = await getItem(client, table, providerKey(id));
      return item && providerOf(item);
    },

    list: (page) => newestFirst(client, listing, page),
  };
}
