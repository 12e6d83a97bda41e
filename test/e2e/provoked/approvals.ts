import { once } from 'es-toolkit';
import { keyed, newName, notFound, type Provocations } from '../../support/provoke.ts';
import { type Answer, type Service, vendorBatch } from '../../support/service.ts';

const NONE = `/approvals/apr_${'0'.repeat(32)}`;
const decision = { reason: 'checked', digest: '0'.repeat(64) };
/** In a currency that no other test uses. */
const rule = { kind: 'batch', currency: 'JPY' };
const policy = (rules: object[]) => ({ rules });
const put = (service: Service, rules: object[]) => service.request('PUT', '/policies/approvals', policy(rules), {});

/** The path of the approval that a new batch waits for. Rules hold after ten seconds at the latest. */
async function aWaitingBatch(service: Service): Promise<string> {
  await put(service, [rule]);
  for (;;) {
    const [payout] = vendorBatch(1).payouts;
    const payouts = [{ ...payout, amount: 5_000, currency: 'JPY' }];
    const { body } = await service.post('/batches', { batch_id: newName('asked'), auto_start: false, payouts });
    if (body.approval_id) return `/approvals/${body.approval_id}`;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** A key of the only approver besides the maker. A second one would need approval. */
const approver = once(async (service: Service) => {
  const key = { name: newName('approver'), person: 'ben@example.com', scopes: ['payouts:approve'] };
  return { 'X-API-Key': (await service.post('/keys', key, keyed())).body.secret };
});

/** One of the requests finds that another one was first. */
async function changedAtOnce(service: Service): Promise<Answer> {
  for (;;) {
    const amounts = [1, 2, 3, 4].map((nth) => `${nth}${Date.now()}`);
    const answers = await Promise.all(amounts.map((total_from_minor) => put(service, [{ ...rule, total_from_minor }])));
    const refused = answers.find(({ status }) => status === 409);
    if (refused) return refused;
  }
}

export const approvals: Provocations = {
  setApprovalPolicy: { INVALID_STATE: changedAtOnce }, // before there is an approver
  getApproval: notFound('GET', NONE),
  approve: {
    ...notFound('POST', `${NONE}/approve`, decision),
    FORBIDDEN: async (service) => service.post(`${await aWaitingBatch(service)}/approve`, decision),
    INVALID_STATE: async (service) => {
      const path = await aWaitingBatch(service);
      return service.post(`${path}/approve`, decision, await approver(service));
    },
  },
  reject: {
    ...notFound('POST', `${NONE}/reject`, { reason: 'checked' }),
    FORBIDDEN: async (service) => service.post(`${await aWaitingBatch(service)}/reject`, { reason: 'checked' }),
    INVALID_STATE: async (service) => {
      const path = await aWaitingBatch(service);
      const by = await approver(service);
      const { digest } = (await service.get(path, by)).body;
      await service.post(`${path}/approve`, { reason: 'checked', digest }, by);
      return service.post(`${path}/reject`, { reason: 'checked' }, by);
    },
  },
};
