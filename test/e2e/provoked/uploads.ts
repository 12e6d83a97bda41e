import { notFound, type Provocations } from '../../support/provoke.ts';
import type { Answer, Service } from '../../support/service.ts';

/** An upload that waits for its file. */
async function waiting(service: Service): Promise<string> {
  return (await service.post('/batches/uploads', { format: 'csv' })).body.upload_id;
}

const REASON = { reason: 'The file of last month' };
const PATH = '/batches/uploads';

/** A request about an upload that is not there, and one that comes before its file. */
function aboutAll(method: 'GET' | 'POST', action: string) {
  const ask = (service: Service, id: string): Promise<Answer> =>
    service.request(method, `${PATH}/${id}/${action}`, undefined, {});
  return {
    NOT_FOUND: (service: Service) => ask(service, 'none'),
    INVALID_STATE: async (service: Service) => ask(service, await waiting(service)),
  };
}

export const uploads: Provocations = {
  getUpload: notFound('GET', `${PATH}/none`),
  getUploadRejected: notFound('GET', `${PATH}/none/rejected.csv`),
  getUploadReport: aboutAll('GET', 'report'),
  submitUpload: aboutAll('POST', 'submit'),
  startUpload: aboutAll('POST', 'start'),
  stopUpload: aboutAll('POST', 'stop'),
  requestUploadReport: aboutAll('POST', 'report'),
  cancelUpload: {
    ...notFound('POST', `${PATH}/none/cancel`, REASON),
    // It was given up, so nothing of it is left to be cancelled.
    INVALID_STATE: async (service) => {
      const id = await waiting(service);
      await service.post(`${PATH}/${id}/cancel`, REASON);
      return service.post(`${PATH}/${id}/cancel`, REASON);
    },
  },
};
