import { type PayoutId, placeOf } from '../../lib/payouts/ids.ts';
import { invocation } from './lambda.ts';
import { findLateSend } from './late-sends.ts';
import type { Knowledge } from './lifecycle-knowledge.ts';
import { LATE_MS } from './rail.ts';
import type { SimulatedWorld } from './world.ts';
import type { Write } from './writes.ts';

/** Clocks differ by less. */
const SKEW_MS = 500;

/** Checks each send, arrival and write at the moment it happens. */
export function watch(world: SimulatedWorld, knowledge: Knowledge): void {
  const { cancelStored } = knowledge;
  world.rails.onSend((instruction) => {
    const storedAt = [instruction, batchOf(instruction)].flatMap((id) => cancelStored.get(id) ?? []);
    findLateSend(world, instruction, 'its cancellation', Math.min(...storedAt));
  });
  world.rails.onArrival((instruction) => judgeArrival(world, knowledge, instruction));
  world.onWrite((write) => judgeWrite(world, knowledge, write));
}

/** When the cancellation of a payout, or of its batch, was answered. */
function cancelledAt({ cancelled, batches }: Knowledge, instruction: string): number {
  const { cancelledAt = Number.POSITIVE_INFINITY } = batches.get(batchOf(instruction)) ?? {};
  return Math.min(cancelledAt, cancelled.get(instruction)?.at ?? Number.POSITIVE_INFINITY);
}

const batchOf = (instruction: string) => placeOf(instruction as PayoutId).batchId;

/** Nothing arrives before its time, after its cancellation, or of a batch or an upload that is not to be sent. */
function judgeArrival(world: SimulatedWorld, knowledge: Knowledge, instruction: string): void {
  const { find, schedule } = world;
  const { now } = schedule;
  const { cancelled, batches } = knowledge;
  if (cancelled.get(instruction)?.isOver) find(`${instruction} arrived although it was cancelled`);
  if (now > cancelledAt(knowledge, instruction) + underWayMs(world)) {
    find(`${instruction} arrived late after its cancellation was answered`);
  }
  const batch = batches.get(batchOf(instruction));
  if (batch && now + SKEW_MS < batch.notBefore) {
    find(`${instruction} arrived before ${new Date(batch.notBefore).toISOString()}`);
  }
  if (batch?.outcome === 'refused') find(`${instruction} arrived although its batch was refused`);
  if (batch && !batch.asked.payouts[placeOf(instruction as PayoutId).position - 1]) {
    find(`${instruction} arrived although its entry is invalid`);
  }
  const upload = knowledge.uploadOf(batchOf(instruction));
  if (!upload) return;
  const { status, phase } = upload.stored;
  if (status !== 'COMPLETED' || phase !== 'released') find(`${instruction} arrived of an upload: ${status}, ${phase}`);
  if (!upload.mayBeSent) find(`${instruction} arrived before its upload was approved`);
  if (upload.isDropped) find(`${instruction} arrived although its upload was dropped`);
  if (upload.isStopped) find(`${instruction} arrived although its upload is stopped`);
}

/** How long something may arrive that a worker sent before it could see a change. If reads are slow, until its lease ends. */
function underWayMs({ gate, settings }: SimulatedWorld): number {
  const sentMs = settings.BANK_DEADLINE_MS + LATE_MS.transfers;
  return gate.faults.slow === 0 ? sentMs + 200 : settings.PAYOUT_CHUNK_LEASE_MS + sentMs;
}

type Event = { readonly queryStringParameters?: { readonly dry_run?: string } | null };

function judgeWrite(world: SimulatedWorld, knowledge: Knowledge, { pk, sk, values }: Write): void {
  const { name = '', event } = invocation() ?? {};
  if ((event as Event | undefined)?.queryStringParameters?.dry_run === 'true')
    world.find(`a dry run writes ${pk} ${sk}`);
  const [kind, id = ''] = pk.split('#');
  if (kind === 'BATCH' || kind === 'CLAIM') knowledge.noteChange();
  if (sk === 'IMPORT') noteUpload(knowledge, id, values);
  noteCancel(knowledge, world.schedule.now, { pk, sk, values });
  if (sk !== 'BATCH') return;
  const { start_at: startAt, status } = values;
  if (typeof startAt === 'string') knowledge.startTimes.set(id, Date.parse(startAt));
  judgeOrder(world, knowledge, id, values.upload_order);
  const due = knowledge.startTimes.get(id) ?? 0;
  if (name === 'recoverBatches' && status === 'in_progress' && world.schedule.now + SKEW_MS < due) {
    world.find(`${id} starts by itself before ${new Date(due).toISOString()}`);
  }
}

/** A batch follows an order of its upload once, and none after a later one. */
function judgeOrder({ find }: SimulatedWorld, { orders }: Knowledge, id: string, order: unknown): void {
  if (typeof order !== 'number') return;
  const last = orders.get(id) ?? 0;
  if (order <= last) find(`${id} follows order ${order} of its upload after order ${last}`);
  orders.set(id, order);
}

function noteCancel({ cancelStored }: Knowledge, now: number, { pk, sk, values }: Write): void {
  const [, id = '', chunk] = pk.split('#');
  if (sk === 'BATCH' && values.status === 'cancelling') cancelStored.set(id, now);
  if (sk === 'BATCH' && values.status === 'in_progress') cancelStored.delete(id);
  const payout = sk.startsWith('PAYOUT#') ? `${id}.${chunk}.${sk.slice('PAYOUT#'.length)}` : '';
  if (payout !== '' && values.cancellation && !cancelStored.has(payout)) cancelStored.set(payout, now);
}

function noteUpload({ uploads }: Knowledge, id: string, { status, work }: Write['values']): void {
  const upload = uploads.get(id);
  if (!upload) return;
  const { phase, wanted } = (typeof work === 'string' ? JSON.parse(work) : upload.stored) as typeof upload.stored;
  upload.stored = {
    ...{ status: typeof status === 'string' ? status : `${upload.stored.status}` },
    ...{ phase: `${phase}`, wanted: `${wanted}` },
  };
  upload.changes.happens();
}
