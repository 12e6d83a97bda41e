import { keyed, newName, notFound, type Provocations } from '../../support/provoke.ts';
import type { Service } from '../../support/service.ts';

const NONE = `/keys/key_${'0'.repeat(32)}`;
const aRequest = () => ({ name: newName('key'), person: 'ana@example.com', scopes: ['payouts:read'] });

async function aKey(service: Service): Promise<{ path: string; own: { 'X-API-Key': string } }> {
  const { body } = await service.post('/keys', aRequest(), keyed());
  return { path: `/keys/${body.key_id}`, own: { 'X-API-Key': body.secret } };
}

async function aRevokedKey(service: Service): Promise<string> {
  const { path } = await aKey(service);
  await service.post(`${path}/revoke`);
  return path;
}

/** The token of a new session, which the edge of the console writes to the header of the key. */
export async function aToken(service: Service, own: Record<string, string> = {}): Promise<string> {
  const { headers } = await service.post('/session', undefined, own);
  const [, token = ''] = /^sluice_session=([^;]+)/.exec(headers.get('set-cookie') ?? '') ?? [];
  return token;
}

export const access: Provocations = {
  getKey: notFound('GET', NONE),
  createKey: {
    IDEMPOTENCY_MISMATCH: async (service) => {
      const key = keyed();
      await service.post('/keys', aRequest(), key);
      return service.post('/keys', aRequest(), key);
    },
  },
  changeKey: {
    ...notFound('PUT', NONE, { name: 'none', scopes: ['payouts:read'] }),
    INVALID_STATE: async (service) =>
      service.request('PUT', await aRevokedKey(service), { name: 'other', scopes: ['payouts:read'] }, {}),
  },
  rotateKey: {
    ...notFound('POST', `${NONE}/rotate`, {}, keyed()),
    INVALID_STATE: async (service) => service.post(`${await aRevokedKey(service)}/rotate`, {}, keyed()),
    IDEMPOTENCY_MISMATCH: async (service) => {
      const { path } = await aKey(service);
      const key = keyed();
      await service.post(`${path}/rotate`, {}, key);
      return service.post(`${path}/rotate`, { overlap_seconds: 0 }, key);
    },
  },
  openSession: {
    FORBIDDEN: async (service) => service.post('/session', undefined, { 'X-API-Key': await aToken(service) }),
  },
  closeSession: notFound('DELETE', '/session'),
  rotateOwnKey: {
    /** The most valid secrets that a key can have are five. */
    INVALID_STATE: async (service) => {
      const { own } = await aKey(service);
      for (let nth = 0; nth < 4; nth += 1) await service.post('/keys/self/rotate', {}, { ...own, ...keyed() });
      return service.post('/keys/self/rotate', {}, { ...own, ...keyed() });
    },
    IDEMPOTENCY_MISMATCH: async (service) => {
      const { own } = await aKey(service);
      const key = keyed();
      await service.post('/keys/self/rotate', {}, { ...own, ...key });
      return service.post('/keys/self/rotate', { overlap_seconds: 60 }, { ...own, ...key });
    },
  },
  revokeKey: {
    ...notFound('POST', `${NONE}/revoke`),
    /** `npm start` makes one key, and it has the scope admin. */
    INVALID_STATE: async (service) => {
      const { body } = await service.get('/keys/self');
      return service.post(`/keys/${body.key_id}/revoke`);
    },
  },
};
