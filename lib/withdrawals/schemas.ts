import { z } from 'zod';
import type { ErrorDetail } from '../kernel/errors.ts';
import { ExactNumber } from '../kernel/exact-json.ts';
import { otherwise, text, wholeNumber } from '../kernel/fields.ts';
import { type IdempotencyKey, keyField, keyInHeader } from '../kernel/idempotency.ts';
import type { Asset } from '../kernel/money.ts';
import { userIdField } from '../ledger/index.ts';
import { addressProblem } from './addresses.ts';
import {
  type AssetRules,
  type Assets,
  amountProblem,
  NETWORKS,
  type Network,
  parseAmount,
  parseNetwork,
} from './assets.ts';
import { SOURCES, WITHDRAWAL_STATUSES, type WithdrawalRequest } from './withdrawal.ts';

/*
 * Requests over REST and RPC. Amounts are strings of digits, in the asset's smallest unit.
 */

const MAX_RETRIES = 10n;
const DEFAULT_RETRIES = 3;

const network = z
  .string(otherwise('must be a string'))
  .refine((name) => parseNetwork(name) !== undefined, `must be one of ${NETWORKS.join(', ')}`)
  .transform((name) => name as Network);

const amount = z.unknown().transform((given, context): bigint => {
  const parsed = parseAmount(given);
  if (typeof parsed === 'bigint') return parsed;
  context.addIssue({ code: 'custom', message: given === undefined ? 'is required' : parsed });
  return z.NEVER;
});

const lowerCase = (given: unknown) => (typeof given === 'string' ? given.toLowerCase() : given);

const createBody = z.object(
  {
    idempotency_key: keyField.optional(),
    user_id: userIdField,
    asset: z.string(otherwise('must be a string')),
    amount,
    destination_address: z.string(otherwise('must be a string')),
    network,
    max_retries: wholeNumber(0n, MAX_RETRIES).transform(Number).default(DEFAULT_RETRIES),
    // In RPC the names of enums have capitals.
    source: z.preprocess(lowerCase, z.enum(SOURCES, `must be one of ${SOURCES.join(', ')}`)).default('wallet'),
  },
  'must be a JSON object',
);

/**
 * POST /withdrawals
 * @param header the Idempotency-Key header, an alternative to the field of that name
 */
export function createRequest({ assets }: { assets: Assets }, header: string | undefined) {
  return z
    .looseObject({}, 'must be a JSON object')
    .transform((given, context): WithdrawalRequest & { key: IdempotencyKey } => {
      const parsed = createBody.safeParse(given);
      const key = keyOf(given.idempotency_key, header);
      const issues = [
        ...(parsed.error?.issues.map(({ path: [path = ''], message }) => ({ path: String(path), reason: message })) ??
          []),
        ...problemsAcross(assets, given),
        ...(isDetail(key) ? [key] : []),
      ];
      for (const { path, reason } of issues) context.addIssue({ code: 'custom', path: [path], message: reason });
      if (!parsed.success || isDetail(key)) return z.NEVER;
      const { user_id: userId, destination_address: address, max_retries: maxRetries, ...body } = parsed.data;
      const money = { minor: body.amount, currency: body.asset as Asset };
      return { key, userId, money, network: body.network, address, maxRetries, source: body.source };
    });
}

/** Problems that involve more than one field, checked where each field is valid on its own. */
function problemsAcross(assets: Assets, given: Record<string, unknown>): ErrorDetail[] {
  const { asset, network: on, amount: digits, destination_address: address } = given;
  const rules = typeof asset === 'string' ? assets.get(asset) : undefined;
  const chain = typeof on === 'string' ? parseNetwork(on) : undefined;
  const minor = parseAmount(digits);
  const problem = (path: string, reason: string | undefined) => (reason === undefined ? [] : [{ path, reason }]);
  return [
    ...problem(
      'asset',
      rules || typeof asset !== 'string' ? undefined : `must be one of ${[...assets.keys()].join(', ')}`,
    ),
    ...problem('amount', rules && typeof minor === 'bigint' ? amountProblem(rules, minor) : undefined),
    ...problem('network', rules && chain ? networkProblem(rules, chain) : undefined),
    ...problem(
      'destination_address',
      chain && typeof address === 'string' ? addressProblem(chain, address) : undefined,
    ),
  ];
}

const isDetail = (key: unknown): key is ErrorDetail => typeof key === 'object' && key !== null && 'reason' in key;

function networkProblem({ code, networks }: AssetRules, on: Network): string | undefined {
  return networks.has(on) ? undefined : `must be a network of ${code}: ${[...networks.keys()].join(', ')}`;
}

/** @param field unchecked: the schema of the body checks it */
function keyOf(field: unknown, header: string | undefined): IdempotencyKey | ErrorDetail {
  if (header === undefined) {
    if (field !== undefined) return field as IdempotencyKey;
    return { path: 'idempotency_key', reason: 'is required, here or as the header Idempotency-Key' };
  }
  const key = keyInHeader(header);
  if (isDetail(key) || field === undefined || field === header) return key;
  return { path: 'idempotency_key', reason: 'differs from the header Idempotency-Key' };
}

/** The id of a withdrawal; text that is no id is NOT_FOUND. */
export const idRequest = z.object({ withdrawal_id: z.string().default('') });

/** GET /withdrawals/by-key/{key} */
export const byKeyRequest = z
  .object({ user_id: userIdField, idempotency_key: keyField })
  .transform(({ user_id, idempotency_key }) => ({ userId: user_id, key: idempotency_key }));

const DEFAULT_PAGE = 50;
const MAX_PAGE = 100;

/** A size above the limit means the limit, and 0 the default (google.aip.dev/158). */
const pageSize = z
  .union([z.string(), z.instanceof(ExactNumber).transform(({ text: written }) => written)])
  .default('0')
  .refine((digits) => /^\d{1,9}$/.test(digits), 'must be a whole number')
  .transform((digits) => Math.min(Number(digits) || DEFAULT_PAGE, MAX_PAGE));
const pageToken = z
  .string()
  .optional()
  .transform((token) => token || undefined);

/** GET /withdrawals */
export const listRequest = z
  .object({
    user_id: userIdField,
    status: z.enum(WITHDRAWAL_STATUSES, `must be one of ${WITHDRAWAL_STATUSES.join(', ')}`).optional(),
    page_size: pageSize,
    page_token: pageToken,
  })
  .transform(({ user_id, status, page_size, page_token }) => ({
    userId: user_id,
    status,
    limit: page_size,
    cursor: page_token,
  }));

/** /denied-addresses */
export const placeRequest = z.object({ network, address: z.string() });
export const denyRequest = z.object({ reason: text(200) }, 'must be a JSON object');
export const deniedQuery = z
  .object({ network, page_size: pageSize, page_token: pageToken })
  .transform(({ network: on, page_size, page_token }) => ({ network: on, limit: page_size, cursor: page_token }));
