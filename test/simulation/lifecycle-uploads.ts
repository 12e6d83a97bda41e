import type { ImportId } from '../../lib/imports/import.ts';
import { uploadKey } from '../../lib/imports/import.ts';
import type { KeyId } from '../../lib/kernel/principal.ts';
import type { UploadStatus } from '../../lib/uploads/read-upload.ts';
import { aPrincipal } from '../support/http.ts';
import { type Actor, crowd } from './client.ts';
import { type AskedUpload, isLarge } from './lifecycle-files.ts';
import type { Knowledge, KnownUpload } from './lifecycle-knowledge.ts';
import type { Reply, SimulatedWorld } from './world.ts';

type Seen = {
  readonly status: UploadStatus;
  readonly approval_id: string | null;
  readonly rows: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly batches: readonly { readonly batch_id: string; readonly status: string; readonly total_count: number }[];
  readonly counts: Readonly<Record<string, number>>;
  readonly open: number;
};
const REASON = { reason: 'the wrong file' };
/** Who decides about the files of the makers. */
const DECIDER = aPrincipal({ person: 'decider', keyId: 'key_decider' as KeyId });
/** Nothing of these was or will be sent. */
const DROPPED: readonly UploadStatus[] = ['refused', 'rejected'];
const NOT_STORED: readonly UploadStatus[] = ['awaiting_upload', 'checking', 'storing', 'refused'];
const ENDED: readonly UploadStatus[] = [...DROPPED, 'completed', 'partially_completed', 'failed', 'cancelled'];

/** An upload to which nothing happens for so long is left alone. */
const QUIET_MS = 15_000;

/** Creates an upload and uses it. In some seeds others do so at the same time. */
export async function uploadFile(
  world: SimulatedWorld,
  knowledge: Knowledge,
  actor: Actor,
  asked: AskedUpload,
): Promise<void> {
  const { chance } = actor;
  const made = await actor.ask('createUpload', { body: asked.body });
  const { upload_id: id } = (made?.body ?? {}) as { upload_id?: string };
  if (made?.status !== 201 || id === undefined) return;
  const known = knowledge.addUpload(id, asked, !(knowledge.needsApprovals && isLarge(asked)));
  const others = { kind: `colleague at ${asked.name}`, many: chance.oneOf([0, 1, 1, 2]), withinMs: 0 };
  await Promise.all([
    useUpload(world, actor, known),
    crowd(world, others, (colleague) => changeMind(world, colleague, known)),
  ]);
}

/** Stores the files of an upload one after the other, looks at it, and interferes with it. */
async function useUpload(world: SimulatedWorld, actor: Actor, known: KnownUpload): Promise<void> {
  const { chance } = actor;
  const { id, asked } = known;
  for (const { content } of asked.files) {
    known.isNotified = world.upload(uploadKey(id as ImportId), content);
    if (chance.isTrue(0.3)) await actor.ask('submitUpload', { path: { upload_id: id } });
    await actor.pause(1, chance.oneOf([50, 500, 5_000]));
  }
  for (let looks = chance.between(2, 7); looks > 0; looks -= 1) {
    const seen = await lookAt(world, actor, known);
    if (seen) await interfere(world, actor, known, seen);
    await actor.pause(1, chance.oneOf([300, 3_000, 20_000]));
  }
}

/** Acts at the moment when something happens to the upload, without a look at it. */
async function changeMind(world: SimulatedWorld, actor: Actor, known: KnownUpload): Promise<void> {
  const { chance } = actor;
  for (let deeds = chance.between(1, 3); deeds > 0; deeds -= 1) {
    for (let changes = chance.between(1, 5); changes > 0; changes -= 1) {
      await Promise.race([known.changes.next(), actor.pause(QUIET_MS, QUIET_MS)]);
    }
    await actor.pause(0, 60);
    const drawn = chance.next();
    if (drawn < 0.4) await cancel(world, actor, known);
    else if (drawn < 0.7) await stop(world, actor, known);
    else await start(known, () => actor.ask('startUpload', { path: { upload_id: known.id } }));
  }
}

async function lookAt(world: SimulatedWorld, actor: Actor, known: KnownUpload): Promise<Seen | undefined> {
  const { id } = known;
  const reply = await actor.ask('getUpload', { path: { upload_id: id } });
  if (reply?.status !== 200) return undefined;
  const seen = reply.body as Seen;
  const { status, rows, stored, duplicates, rejected, counts, open, batches } = seen;
  if (DROPPED.includes(status)) drop(world, known);
  if (NOT_STORED.includes(status)) return seen;
  if (stored + duplicates + rejected !== rows) {
    world.find(`${id}: ${stored} stored, ${duplicates} duplicates, ${rejected} rejected of ${rows} rows`);
  }
  const sum = Object.values(counts).reduce((total, count) => total + count, open);
  // Those of rejected batches, of an upload that was rejected or cancelled before its start, are neither open nor counted.
  const ofRejected = batches.filter((batch) => batch.status === 'rejected');
  const all = ofRejected.reduce((total, { total_count }) => total + total_count, sum);
  if (all !== stored) world.find(`${id}: its counts sum to ${all}, and ${stored} are stored`);
  return seen;
}

/** A client has seen that nothing of it was or will be sent. */
function drop({ rails, find }: SimulatedWorld, known: KnownUpload): void {
  known.isDropped = true;
  const [sent] = rails.audit.instructions({ prefix: `${known.id}-` }).instructions;
  if (sent) find(`${sent.instruction} arrived, and its upload is dropped`);
}

async function interfere(world: SimulatedWorld, actor: Actor, known: KnownUpload, seen: Seen): Promise<void> {
  const { chance } = actor;
  const drawn = chance.next();
  const path = { upload_id: known.id };
  // Its batches belong to the upload: no request for one of them may do what the upload may not do.
  const batch_id = chance.oneOf(seen.batches)?.batch_id;
  if (batch_id !== undefined && drawn < 0.25) {
    const what = chance.oneOf(['startBatch', 'startBatch', 'stopBatch', 'retryFailed'] as const);
    await start(known, () => actor.ask(what, { path: { batch_id } }));
  } else if (drawn < 0.35) await cancel(world, actor, known);
  else if (seen.status === 'awaiting_approval' && drawn < 0.9) await decide(actor, known, seen, drawn < 0.5);
  else if (drawn < 0.55) await stop(world, actor, known);
  else if (drawn < 0.75) await start(known, () => actor.ask('startUpload', { path }));
}

/** Sends a request that may start something of it. */
async function start(known: KnownUpload, ask: () => Promise<Reply | undefined>): Promise<void> {
  known.isStopped = false;
  known.starts += 1;
  known.openStarts += 1;
  if (await ask()) known.openStarts -= 1;
}

/** What was answered holds at once: the upload is given up, or its batches are being cancelled. */
async function cancel(world: SimulatedWorld, actor: Actor, known: KnownUpload): Promise<void> {
  const reply = await actor.ask('cancelUpload', { path: { upload_id: known.id }, body: REASON });
  if (reply?.status !== 202) return;
  const { status, wanted } = known.stored;
  if (status !== 'FAILED' && wanted !== 'cancel') world.find(`${known.id}: a cancel was answered, and it is ${status}`);
  if (DROPPED.includes((reply.body as Seen).status)) drop(world, known);
}

async function decide(actor: Actor, known: KnownUpload, { approval_id }: Seen, isRejection = false): Promise<void> {
  if (approval_id === null) return;
  const [by, path] = [DECIDER, { approval_id }];
  const { digest } = ((await actor.ask('getApproval', { by, path }))?.body ?? {}) as { digest?: string };
  if (digest === undefined) return;
  const { reason } = REASON;
  if (isRejection) return void (await actor.ask('reject', { by, path, body: { reason } }));
  known.mayBeSent = true;
  await actor.ask('approve', { by, path, body: { reason, digest } });
}

/** Once it is seen stopped, nothing of it arrives until somebody starts it. */
async function stop(world: SimulatedWorld, actor: Actor, known: KnownUpload): Promise<void> {
  const path = { upload_id: known.id };
  // Some change their mind while the batches are being started.
  if (actor.chance.isTrue(0.5)) {
    await start(known, () => actor.ask('startUpload', { path }));
    await actor.pause(1, 60);
  }
  const reply = await actor.ask('stopUpload', { path });
  if (reply?.status !== 202) return;
  for (let looks = 1; looks <= 8; looks += 1) {
    const { starts, openStarts } = known;
    const status = (await lookAt(world, actor, known))?.status;
    known.isStopped = status === 'stopped' && openStarts === 0 && known.starts === starts;
    if (status !== 'stopping' && status !== 'in_progress') return;
    await actor.pause(50, 1_500);
  }
}

/** Brings an upload to its end after the faults. */
export async function finishUpload(world: SimulatedWorld, operator: Actor, known: KnownUpload): Promise<void> {
  for (let looks = 1; looks <= 120; looks += 1) {
    const seen = await lookAt(world, operator, known);
    if (seen && ENDED.includes(seen.status)) return;
    if (seen?.status === 'awaiting_approval') await decide(operator, known, seen);
    if (seen && ['created', 'stopping', 'stopped'].includes(seen.status)) {
      known.isStopped = false;
      await operator.ask('startUpload', { path: { upload_id: known.id } });
    }
    if (looks % 10 === 0) {
      for (const { batch_id } of seen?.batches ?? []) await operator.ask('redriveBatch', { path: { batch_id } });
    }
    await operator.pause(5_000, 5_000);
  }
}
