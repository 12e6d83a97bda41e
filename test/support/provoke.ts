import type { Operation } from '../../functions/routes.ts';
import type { ErrorCode } from '../../lib/kernel/errors.ts';
import type { Answer, Service } from './service.ts';

/** Sends requests; the last one is answered with an error. */
export type Provoke = (service: Service) => Promise<Answer>;
/** How each operation is made to answer with each of its error codes. */
export type Provocations = Partial<Record<Operation, Partial<Record<ErrorCode, Provoke>>>>;

let names = 0;
/** A name that no other test has. */
export const newName = (prefix: string) => `${prefix}-${++names}`;

export const keyed = (key = newName('key')) => ({ 'Idempotency-Key': key });

/** A request for something that does not exist. */
export const notFound = (method: string, path: string, body?: object, headers = {}) => ({
  NOT_FOUND: (service: Service) => service.request(method, path, body, headers),
});
