import { aNotification, signedHeaders } from '../../support/notifications.ts';
import { limited, newName, notFound, type Provocations } from '../../support/provoke.ts';
import { type Answer, type Service, vendorBatch } from '../../support/service.ts';

async function finishedBatch(service: Service): Promise<string> {
  const id = newName('finished');
  await service.post('/batches', vendorBatch(1, id));
  await service.finished(id);
  return id;
}

/** Quotation marks take two bytes in the request, and four in the CSV: "" in JSON. */
function batchWithALargeReport() {
  const quotes = '"'.repeat(140);
  const payouts = vendorBatch(2_900).payouts.map((payout) => ({
    ...payout,
    vendor_id: `${quotes.slice(20)}${payout.vendor_id.slice(-8)}`,
    vendor_name: quotes,
    bank_name: quotes,
  }));
  return { batch_id: newName('large'), auto_start: false, payouts };
}

/** The second request arrives while the first one still writes. */
async function twiceAtOnce(service: Service): Promise<Answer> {
  for (;;) {
    const body = { ...vendorBatch(5_000, newName('twice')), auto_start: false };
    const answers = await Promise.all([1, 2, 3].map(() => service.post('/batches', body)));
    const refused = answers.find(({ status }) => status !== 201);
    if (refused) return refused;
  }
}

const REASON = { reason: 'sent by mistake' };

export const payouts: Provocations = {
  getBatch: notFound('GET', '/batches/none'),
  listChunks: notFound('GET', '/batches/none/chunks'),
  listPayouts: notFound('GET', '/batches/none/payouts'),
  findPayouts: notFound('GET', '/payouts?batch_id=none'),
  getPayout: notFound('GET', '/payouts/none.0001.000001'),
  explainPayout: notFound('GET', '/payouts/none.0001.000001/explain'),
  getPayoutTimeline: notFound('GET', '/payouts/none.0001.000001/timeline'),
  explainBatch: notFound('GET', '/batches/none/explain'),
  getReport: {
    ...notFound('GET', '/batches/none/report'),
    PAYLOAD_TOO_LARGE: async (service) => {
      const { body } = await service.post('/batches', batchWithALargeReport());
      return service.get(`/batches/${body.batch_id}/report`, { Accept: 'text/csv' });
    },
  },
  createBatch: {
    LIMIT_EXCEEDED: async (service) => service.post('/batches', vendorBatch(1), await limited(service)),
    DUPLICATE: async (service) => {
      const body = {
        duplicates: 'reject',
        items: [{ external_id: newName('item'), user_id: 'u', amount_cents: 1, pix_key: 'k' }],
      };
      await service.post('/batches', body);
      return service.post('/batches', body);
    },
    REQUEST_IN_PROGRESS: twiceAtOnce,
    IDEMPOTENCY_MISMATCH: async (service) => {
      const id = await finishedBatch(service);
      return service.post('/batches', vendorBatch(2, id));
    },
  },
  getRejectedEntries: {
    ...notFound('GET', '/batches/none/rejected.csv'),
    PAYLOAD_TOO_LARGE: async (service) => {
      // A quotation mark of an unknown field takes four bytes in the event of the request, and six in the event of the answer.
      const [valid, ...others] = vendorBatch(201).payouts;
      const rows = [valid, ...others.map((each) => ({ ...each, note: '"'.repeat(6_000) }))];
      const batch = { batch_id: newName('rejected'), on_invalid: 'skip', payouts: rows };
      const { body } = await service.post('/batches', batch);
      return service.get(`/batches/${body.batch_id}/rejected.csv`);
    },
  },
  startBatch: {
    ...notFound('POST', '/batches/none/start'),
    INVALID_STATE: async (service) => service.post(`/batches/${await finishedBatch(service)}/start`),
  },
  scheduleBatch: {
    ...notFound('POST', '/batches/none/schedule', { start_at: '2099-12-31T00:00:00Z' }),
    INVALID_STATE: async (service) =>
      service.post(`/batches/${await finishedBatch(service)}/schedule`, { start_at: '2099-12-31T00:00:00Z' }),
  },
  stopBatch: {
    ...notFound('POST', '/batches/none/stop'),
    INVALID_STATE: async (service) => service.post(`/batches/${await finishedBatch(service)}/stop`),
  },
  retryFailed: {
    ...notFound('POST', '/batches/none/retry-failed'),
    LIMIT_EXCEEDED: async (service) => {
      await service.setBank({ mode: 'declined', code: 'BANK_API_TIMEOUT' });
      const id = await finishedBatch(service);
      return service.post(`/batches/${id}/retry-failed`, undefined, await limited(service));
    },
    INVALID_STATE: async (service) => {
      const id = newName('not-started');
      await service.post('/batches', { ...vendorBatch(1, id), auto_start: false });
      return service.post(`/batches/${id}/retry-failed`);
    },
  },
  cancelBatch: {
    ...notFound('POST', '/batches/none/cancel', REASON),
    INVALID_STATE: async (service) => service.post(`/batches/${await finishedBatch(service)}/cancel`, REASON),
  },
  cancelPayout: {
    ...notFound('POST', '/payouts/none.0001.000001/cancel', REASON),
    INVALID_STATE: async (service) =>
      service.post(`/payouts/${await finishedBatch(service)}.0001.000001/cancel`, REASON),
  },
  lookUpPayout: {
    ...notFound('POST', '/payouts/none.0001.000001/look-up'),
    INVALID_STATE: async (service) => service.post(`/payouts/${await finishedBatch(service)}.0001.000001/look-up`),
  },
  redriveBatch: notFound('POST', '/batches/none/redrive'),
  redriveNotification: notFound('POST', '/rail/notifications/none/redrive'),
  notify: {
    UNAUTHORIZED: (service) => service.post('/rail/notifications', aNotification()),
    IDEMPOTENCY_MISMATCH: async (service) => {
      const id = newName('return');
      const secret = service.endpoints.bankSecret ?? '';
      const send = (body: object) => service.post('/rail/notifications', body, signedHeaders(body, { id, secret }));
      await send(aNotification());
      return send(aNotification({ code: 'AC01' }));
    },
  },
};
