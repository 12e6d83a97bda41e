import type { Recovery } from '../recovery/index.ts';
import { failJob } from './fail-job.ts';
import { isFinished, type JobId } from './job.ts';
import type { SettlementDeps } from './ports.ts';

/**
 * Starts the execution of a job whose request died before that. Fails a job whose execution ended before it finished: an
 * operator aborted it, or its time ran out.
 */
export function recoverJobs(deps: SettlementDeps): Recovery<JobId> {
  return {
    name: 'jobs',
    list: () => deps.jobs.listOpen(),
    idOf: (id) => id,
    async recover(id, count) {
      switch (await deps.workflow.state(id)) {
        case 'running':
          return;
        case 'missing':
          await deps.workflow.start(id);
          return count('started');
        case 'ended': {
          // Read after the execution has ended: no step can change the job any more.
          const job = await deps.jobs.read(id);
          if (!job || isFinished(job.status)) return;
          await failJob(deps, id, {
            code: 'EXECUTION_ENDED',
            message: 'The execution ended before the job did: it was aborted or ran out of time. Post the range again.',
          });
          return count('ended');
        }
      }
    },
  };
}
