import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { type Change, conditionalUpdate } from '../../lib/aws/update.ts';
import type { DataVersion } from '../../lib/system/data-version.ts';
import { dataVersionOf, MIGRATIONS_KEY } from '../../lib/system/items.ts';
import { Refused } from './refused.ts';

/** The current runner, its start (ISO 8601), and the end of its lease (epoch milliseconds). */
export type Lock = { readonly owner: string; readonly since: string; readonly until: number };

export type Recorded = DataVersion & { readonly lock?: Lock };

type Item = Record<string, unknown>;

/** Another runner has the lock. */
export class LockLost extends Error {}

/**
 * The data version, in the system table. Only the holder of the lock writes it. The lock is a lease, so that a killed runner
 * does not block others for long.
 */
export class MigrationRecord {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => number;

  constructor(client: DynamoDBDocumentClient, table: string, now: () => number) {
    this.#client = client;
    this.#table = table;
    this.#now = now;
  }

  /** @throws Refused if there is no such table */
  async read(): Promise<Recorded> {
    const command = new GetCommand({ TableName: this.#table, Key: MIGRATIONS_KEY, ConsistentRead: true });
    const { Item } = await this.#client.send(command).catch((error) => this.#explain(error));
    return recordedOf(Item);
  }

  /** @throws Refused naming the holder, or if there is no such table */
  async lock(owner: string, token: string, leaseMs: number): Promise<void> {
    const now = this.#now();
    const lock = {
      lock_owner: owner,
      lock_token: token,
      locked_at: new Date(now).toISOString(),
      lock_until: now + leaseMs,
    };
    const written = await this.#update('attribute_not_exists(lock_token) OR lock_until <= :now', {
      set: lock,
      values: { ':now': now },
    });
    if (!written.done) throw new Refused(isMigrating(recordedOf(written.found), now));
  }

  /** @throws LockLost */
  renew(token: string, leaseMs: number): Promise<void> {
    return this.#underLock(token, { set: { lock_until: this.#now() + leaseMs } });
  }

  /** @throws LockLost */
  unlock(token: string): Promise<void> {
    return this.#underLock(token, { remove: ['lock_owner', 'lock_token', 'locked_at', 'lock_until'] });
  }

  /** @throws LockLost */
  set(token: string, { version, dirty }: DataVersion): Promise<void> {
    const updated_at = new Date(this.#now()).toISOString();
    return this.#underLock(token, { set: { version, dirty, updated_at } });
  }

  async #underLock(token: string, change: Change): Promise<void> {
    const values = { ...change.values, ':token': token };
    const written = await this.#update('lock_token = :token', { ...change, values });
    if (!written.done)
      throw new LockLost('Another runner has taken over the lock, because the lease of this one expired.');
  }

  async #update(condition: string, change: Change) {
    const write = { table: this.#table, key: MIGRATIONS_KEY, condition, change };
    return conditionalUpdate(this.#client, write).catch((error) => this.#explain(error));
  }

  #explain(error: unknown): never {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new Refused(`There is no table ${this.#table}. Deploy or start the service before you migrate its data.`);
  }
}

function recordedOf(item: Item | undefined): Recorded {
  const { lock_owner: owner, locked_at: since, lock_until: until } = (item ?? {}) as Record<string, unknown>;
  const version = dataVersionOf(item);
  return owner === undefined ? version : { ...version, lock: { owner, since, until } as Lock };
}

function isMigrating({ lock }: Recorded, now: number): string {
  const seconds = Math.max(1, Math.ceil(((lock?.until ?? now) - now) / 1_000));
  return (
    `${lock?.owner} has been migrating since ${lock?.since}. ` +
    `If it was killed, its lock expires in ${seconds} s: try again then.`
  );
}
