import { z } from 'zod';
import { ExactNumber } from '../kernel/exact-json.ts';
import { always, object, otherwise, pathId, text, wholeNumber } from '../kernel/fields.ts';
import { type IdempotencyKey, keyField } from '../kernel/idempotency.ts';
import { ASSET_CODE, type Asset, MAX_DIGITS } from '../kernel/money.ts';
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
import { WITHDRAWAL_ID } from './ids.ts';
import { SOURCES, WITHDRAWAL_STATUSES, type WithdrawalRequest } from './withdrawal.ts';

/*
 * Requests over REST and RPC.
 */

const MAX_RETRIES = 10n;
const DEFAULT_RETRIES = 3;

export const networkField = z
  .string(otherwise('must be a string'))
  .refine((name) => parseNetwork(name) !== undefined, `must be one of ${NETWORKS.join(', ')}`)
  .transform((name) => name as Network)
  .meta({ enum: NETWORKS });

/** What addresses of all networks have in common. */
const ofAnyNetwork = { pattern: '^[A-Za-z0-9]+$', minLength: 26, maxLength: 90 };

const amount = z
  .string(otherwise('must be a string of digits'))
  .transform((given, context): bigint => {
    const parsed = parseAmount(given);
    if (typeof parsed === 'bigint') return parsed;
    context.addIssue({ code: 'custom', message: parsed });
    return z.NEVER;
  })
  .meta({
    pattern: `^[1-9][0-9]{0,${MAX_DIGITS - 1}}$`,
    description: "A whole number of the asset's smallest unit (satoshi, wei), within the asset's limits.",
  });

const lowerCase = (given: unknown) => (typeof given === 'string' ? given.toLowerCase() : given);

type Settings = () => { readonly assets: Assets };

const withdrawalRequest = <Key extends IdempotencyKey | undefined>(settings: Settings, key: z.ZodType<Key>) =>
  object({
    idempotency_key: key,
    user_id: userIdField,
    asset: z
      .string(otherwise('must be a string'))
      .meta({ pattern: ASSET_CODE.source, description: 'A code such as BTC, ETH or USDT.' }),
    amount,
    destination_address: z.string(otherwise('must be a string')).meta(ofAnyNetwork),
    network: networkField,
    max_retries: wholeNumber(0n, MAX_RETRIES)
      .transform(Number)
      .default(DEFAULT_RETRIES)
      .meta({ default: DEFAULT_RETRIES }), // which JSON Schema loses behind a transform
    source: z
      // In RPC the names of enums have capitals.
      .preprocess(lowerCase, z.enum(SOURCES, `must be one of ${SOURCES.join(', ')}`))
      .default('wallet')
      .meta({
        default: 'wallet',
        description: "wallet: the amount is held in the user's wallet. external: the caller keeps the books.",
      }),
  })
    .superRefine((body, context) => checkAcross(settings().assets, body, context), always)
    .transform(({ idempotency_key, user_id, asset, amount: minor, destination_address, max_retries, ...body }) => {
      const money = { minor, currency: asset as Asset };
      const wanted: WithdrawalRequest & { readonly key: Key } = {
        ...body,
        key: idempotency_key,
        userId: user_id,
        money,
        address: destination_address,
        maxRetries: max_retries,
      };
      return wanted;
    });

/** The body of POST /withdrawals. `key`: the field; the header is an alternative to it. */
export const createRequest = (settings: Settings) =>
  withdrawalRequest(
    settings,
    keyField.optional().meta({ description: 'Required unless the header Idempotency-Key is given.' }),
  ).meta({ id: 'WithdrawalRequest' });

/** CreateWithdrawal: RPC reads no header. */
export const createMessage = (settings: Settings) => withdrawalRequest(settings, keyField);

type Given = Readonly<Record<'asset' | 'network' | 'amount' | 'destination_address', unknown>> | undefined;

/** Problems that involve more than one field, checked where each field is valid on its own. */
function checkAcross(assets: Assets, given: Given, context: z.RefinementCtx): void {
  const { asset, network, amount: minor, destination_address: address } = given ?? ({} as NonNullable<Given>);
  const rules = typeof asset === 'string' ? assets.get(asset) : undefined;
  const chain = typeof network === 'string' ? parseNetwork(network) : undefined;
  const check = (path: string, message: string | undefined) =>
    message === undefined || context.addIssue({ code: 'custom', path: [path], message });
  if (typeof asset === 'string' && !rules) check('asset', `must be one of ${[...assets.keys()].join(', ')}`);
  if (rules && typeof minor === 'bigint') check('amount', amountProblem(rules, minor));
  if (rules && chain) check('network', networkProblem(rules, chain));
  if (chain && typeof address === 'string') check('destination_address', addressProblem(chain, address));
}

function networkProblem({ code, networks }: AssetRules, on: Network): string | undefined {
  return networks.has(on) ? undefined : `must be a network of ${code}: ${[...networks.keys()].join(', ')}`;
}

/** Of paths. An id that no withdrawal can have is NOT_FOUND. */
export const withdrawalPath = z.object({ withdrawal_id: pathId(WITHDRAWAL_ID) });
/** Over RPC a field that is not set is absent. */
export const idRequest = z.object({ withdrawal_id: z.string().default('') });

/** GetWithdrawalByKey */
export const byKeyRequest = z
  .object({ user_id: userIdField, idempotency_key: keyField })
  .transform(({ user_id, idempotency_key }) => ({ userId: user_id, key: idempotency_key }));

/** What lists of withdrawals are filtered by. */
export const listFilter = {
  user_id: userIdField,
  status: z.enum(WITHDRAWAL_STATUSES, `must be one of ${WITHDRAWAL_STATUSES.join(', ')}`).optional(),
};

const DEFAULT_PAGE = 50;
const MAX_PAGE = 100;

/** ListWithdrawals. A size above the limit means the limit, and 0 the default (google.aip.dev/158). */
export const listRequest = z
  .object({
    ...listFilter,
    limit: z
      .instanceof(ExactNumber)
      .transform(({ text: written }) => Math.min(Number(written), MAX_PAGE))
      .default(DEFAULT_PAGE),
    cursor: z.string().optional(),
  })
  .transform(({ user_id, ...page }) => ({ userId: user_id, ...page }));

/** Of paths. */
export const deniedPath = z
  .object({ network: networkField, address: z.string().meta(ofAnyNetwork) })
  .superRefine(({ network, address }, context) => {
    const chain = parseNetwork(network); // an unknown network has a problem of its own
    const message = chain && addressProblem(chain, address);
    if (message) context.addIssue({ code: 'custom', path: ['address'], message });
  });
export const denyRequest = object({ reason: text(200) }).meta({ id: 'DenyRequest' });
