import type { DomainEvent } from '../../lib/events/event.ts';
import type { Batch } from '../../lib/payouts/batch.ts';
import { BATCH, type Client, requestFor } from './scenario.ts';
import type { World } from './world.ts';

export const HOUR_MS = 3_600_000;
/** Within this time a sweep starts what is due. */
export const ONE_SWEEP_MS = 61_000;

export const inMs = ({ clock }: World, ms: number) => new Date(clock.now() + ms).toISOString();

/** Requests a batch that starts by itself after this time. */
export const scheduled = (world: World, client: Client, ms: number, payouts = 4) =>
  client.create(requestFor(payouts, { startAt: inMs(world, ms) }));

export const stored = async ({ deps }: World): Promise<Batch | undefined> =>
  (await deps.batches.readWithChunks(BATCH))?.batch;

export const eventsOf = async (world: World, type: string): Promise<DomainEvent[]> =>
  (await world.events()).filter((event) => event.type === type);
