import type { ApprovalSubject } from '../access/index.ts';
import type { ImportId } from '../imports/index.ts';
import { AppError } from '../kernel/errors.ts';
import type { UploadDeps } from './ports.ts';
import { uploadContent } from './store-upload.ts';
import { workOf, workText } from './upload.ts';

/** How a decision releases or ends an upload that waits for it. One decision is about all of its batches. */
export function uploadApprovals(deps: UploadDeps): ApprovalSubject {
  return {
    async conclude({ subject, status, digest }, change) {
      const one = await deps.imports.read(subject as ImportId);
      if (one?.status !== 'COMPLETED') return false;
      const work = workOf(one);
      if (work.phase !== 'held') return false;
      if (status === 'approved' && (await uploadContent(deps, one)) !== digest) {
        throw new AppError('INVALID_STATE', { message: 'The upload is not the one that was to be approved.' });
      }
      const phase = status === 'approved' ? 'released' : 'dropped';
      const after = { work: workText({ ...work, phase, followed: false }), touchedAt: deps.now() };
      return deps.imports.changeWork(one, after, { approval: change, isOpen: true });
    },

    async proceed({ subject }) {
      await deps.queue.send([{ importId: subject as ImportId }]);
    },
  };
}
