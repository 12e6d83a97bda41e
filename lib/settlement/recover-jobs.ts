import { failJob } from './fail-job.ts';
import { isFinished, type JobId } from './job.ts';
import type { SettlementDeps } from './ports.ts';

export type Recovered = { open: number; started: number; ended: number };

/**
 * Looks after jobs that nobody else does: whose request died before it began their execution, and whose execution
 * ended without a word to them, aborted by an operator or out of time.
 */
export async function recoverJobs(deps: SettlementDeps): Promise<Recovered> {
  const recovered: Recovered = { open: 0, started: 0, ended: 0 };
  for (const id of await deps.jobs.listOpen()) {
    const what = await recoverJob(deps, id);
    recovered.open += 1;
    if (what !== 'left alone') recovered[what] += 1;
  }
  return recovered;
}

async function recoverJob(deps: SettlementDeps, id: JobId): Promise<'started' | 'ended' | 'left alone'> {
  switch (await deps.workflow.state(id)) {
    case 'running':
      return 'left alone';
    case 'missing':
      await deps.workflow.start(id);
      return 'started';
    case 'ended': {
      // Only now is it certain that nobody works on the job, so what it says now is its last word.
      const job = await deps.jobs.read(id);
      if (!job || isFinished(job.status)) return 'left alone';
      await failJob(deps, id, {
        code: 'EXECUTION_ENDED',
        message: 'The execution ended before the job did: it was aborted or ran out of time. Post the range again.',
      });
      return 'ended';
    }
  }
}
