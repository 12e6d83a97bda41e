import { keyed, newName, notFound, type Provocations } from '../../support/provoke.ts';

const DAY = { from: '2024-05-01', to: '2024-05-01' };
const row = (id: string, amount_cents = 1_000) => ({
  ...{ id, merchant_id: 'm-1', amount_cents, fee_cents: 29, status: 'PAID', paid_at: '2024-05-01T12:00:00Z' },
});

/** Transactions, their imports and settlement. */
export const settlement: Provocations = {
  getTransaction: notFound('GET', '/transactions/none'),
  getImport: notFound('GET', '/transactions/imports/none'),
  getRejected: notFound('GET', '/transactions/imports/none/rejected.csv'),
  storeTransactions: {
    IDEMPOTENCY_MISMATCH: async (service) => {
      const id = newName('txn');
      await service.post('/transactions', row(id));
      return service.post('/transactions', row(id, 999));
    },
  },
  startImport: {
    ...notFound('POST', '/transactions/imports/none/start'),
    INVALID_STATE: async (service) => {
      const { body } = await service.post('/transactions/imports', { format: 'csv' });
      return service.post(`/transactions/imports/${body.import_id}/start`);
    },
  },
  getJob: notFound('GET', '/jobs/none'),
  explainJob: notFound('GET', '/jobs/none/explain'),
  download: notFound('GET', '/downloads/none.csv'),
  createJob: {
    IDEMPOTENCY_MISMATCH: async (service) => {
      const key = keyed();
      await service.post('/jobs/settlement', DAY, key);
      return service.post('/jobs/settlement', { ...DAY, to: '2024-05-02' }, key);
    },
  },
  cancelJob: {
    ...notFound('POST', '/jobs/none/cancel'),
    INVALID_STATE: async (service) => {
      const { body } = await service.post('/jobs/settlement', DAY);
      while ((await service.get(`/jobs/${body.job_id}`)).body.status !== 'COMPLETED');
      return service.post(`/jobs/${body.job_id}/cancel`);
    },
  },
};
