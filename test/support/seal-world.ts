import { generateKeyPairSync } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Block } from '../../lib/audit/block.ts';
import { localSigner } from '../../lib/audit/local-signer.ts';
import type { SealDeps } from '../../lib/audit/ports.ts';
import { type Sealed, sealEvents } from '../../lib/audit/seal-events.ts';
import { s3Client } from '../../lib/aws/clients.ts';
import { transactWrite } from '../../lib/aws/transact.ts';
import type { Config } from '../../lib/config.ts';
import { sealDeps } from '../../lib/dependencies/audit.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { appendToOutbox } from '../../lib/events/items.ts';
import { type Database, documentClient } from './database.ts';
import { NOW, paymentEvent } from './events-world.ts';
import { settings } from './settings.ts';

const KEYS = generateKeyPairSync('ed25519');
const PRIVATE_KEY = KEYS.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
export const PUBLIC_KEY = KEYS.publicKey.export({ type: 'spki', format: 'pem' }) as string;
export const signer = localSigner(async () => PRIVATE_KEY);

/** The event store and its sealer, with small blocks. Nothing is sealed unless the test does it. */
export class SealWorld {
  readonly settings: Config;
  readonly dynamo: DynamoDBDocumentClient = documentClient();
  readonly objects: S3Client = s3Client(Date.now);
  readonly deps: SealDeps;
  now = NOW;

  private constructor(given: Config) {
    this.settings = given;
    this.deps = this.depsWith(this.dynamo, this.objects);
  }

  static async open(database: Database): Promise<SealWorld> {
    const tables = await database.newTables('EVENTS_TABLE', 'SEALS_TABLE');
    return new SealWorld(settings({ ...tables, AUDIT_BUCKET: await database.newBucket() }));
  }

  depsWith(dynamo: DynamoDBDocumentClient, objects: S3Client): SealDeps {
    const { policy, ...deps } = sealDeps(this.settings, { dynamo, objects, signer });
    return { ...deps, policy: { ...policy, blockSize: 4, pageSize: 3 }, now: () => this.now };
  }

  /** Stores events of new payments, as wallets do. @param time epoch milliseconds */
  async happen(count: number, time = this.now): Promise<DomainEvent[]> {
    const events = Array.from({ length: count }, () => paymentEvent({ time: new Date(time).toISOString() }));
    await this.store(...events);
    return events;
  }

  async store(...events: readonly DomainEvent[]): Promise<void> {
    const puts = events.map((event) => appendToOutbox(this.settings.EVENTS_TABLE, event));
    const { done } = await transactWrite(this.dynamo, puts);
    if (!done) throw new Error('an event is stored already');
  }

  /** Lets time pass, then runs the sealer as its rule does. */
  async seal(afterMs = 60_000): Promise<Sealed> {
    this.now += afterMs;
    return sealEvents(this.deps, this.now + 60_000);
  }

  async blocks(): Promise<Block[]> {
    const blocks: Block[] = [];
    for await (const listed of this.deps.chain.listed('')) blocks.push(await this.deps.chain.read(listed));
    return blocks;
  }

  /** The ids of all sealed events, in the order of their sequence numbers. */
  async sealedIds(): Promise<string[]> {
    const entries = (await this.blocks()).flatMap((block) => block.entries);
    return entries.map(({ position }) => position.slice(position.indexOf('#') + 1));
  }
}

/** Ten events, a second apart, in three sealed blocks of four, four and two. Then the sealer has run for six minutes. */
export async function givenSealedEvents(database: Database): Promise<{ world: SealWorld; events: DomainEvent[] }> {
  const world = await SealWorld.open(database);
  const events: DomainEvent[] = [];
  for (let second = 0; second < 10; second += 1) events.push(...(await world.happen(1, NOW + second * 1_000)));
  for (let minute = 0; minute < 6; minute += 1) await world.seal();
  return { world, events };
}
