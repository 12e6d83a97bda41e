/**
 * Settles every chunk of a range one by one in this process, and prints what that took: as a Lambda container that only
 * settles chunks. Its job is not stored, so nothing else works on it.
 */

import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { documentClient, s3Client } from '../../lib/aws/clients.ts';
import { meter } from '../../lib/aws/meter.ts';
import type { Config } from '../../lib/config.ts';
import { settlementDeps } from '../../lib/dependencies/settlement.ts';
import { type Day, daysFrom } from '../../lib/kernel/day.ts';
import { chunksOf, shardsPerChunk } from '../../lib/settlement/chunk.ts';
import type { Job, JobId } from '../../lib/settlement/job.ts';
import { settleChunk } from '../../lib/settlement/settle-chunk.ts';
import { peakMemoryMb } from '../processes.ts';

export type ChunksMeasured = {
  readonly chunks: number;
  readonly seconds: number;
  /** VmHWM of the process. */
  readonly peakMb: number;
  readonly requestsPerChunk: number;
  readonly itemWritesPerChunk: number;
};

async function settleChunks(from: Day, to: Day): Promise<ChunksMeasured> {
  const settings = process.env as unknown as Config; // it needs only the names of two tables and a bucket
  const workflow = { start: async () => {}, state: async () => 'missing' as const };
  const deps = settlementDeps(settings, { dynamo: documentClient(Date.now), objects: s3Client(Date.now), workflow });
  const id = `job_${randomUUID().replaceAll('-', '')}` as JobId;
  const job: Job = {
    id,
    status: 'RUNNING',
    from,
    to,
    shardsPerChunk: shardsPerChunk(daysFrom(from, to).length),
    createdAt: new Date().toISOString(),
  };
  // Reads the state as often as a real job, but always continues.
  const readState: typeof deps.jobs.readState = async (...asked) => {
    await deps.jobs.readState(...asked);
    return { job, isSettled: false };
  };
  const chunks = chunksOf(job);
  const began = performance.now();
  for (const chunk of chunks) await settleChunk({ ...deps, jobs: { ...deps.jobs, readState } }, id, chunk);
  return {
    chunks: chunks.length,
    seconds: (performance.now() - began) / 1_000,
    peakMb: peakMemoryMb(process.pid),
    requestsPerChunk: Object.values(meter.requests).reduce((sum, count) => sum + count, 0) / chunks.length,
    itemWritesPerChunk: meter.itemWrites / chunks.length,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [from, to] = process.argv.slice(2) as [Day, Day];
  console.log(JSON.stringify(await settleChunks(from, to)));
}
