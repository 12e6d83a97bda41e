import { isEqual } from 'es-toolkit';
import { z } from 'zod';
import { type FieldPlace, type Opener, type Sealer, sealedBytes } from '../crypto/index.ts';
import { entity, fields, type Item, json, text } from '../kernel/codec.ts';
import { firstReference } from '../rail/index.ts';
import { attemptFields, historyItem, historyText, refusal } from '../rail/items.ts';
import { placeOf } from './ids.ts';
import { cancellation, moneyFields, payoutIdOf, payoutKey, returned } from './items.ts';
import {
  CLAIM_KINDS,
  type Destination,
  type Instruction,
  isSearched,
  PAYOUT_STATUSES,
  type Payout,
  type PayoutFacts,
  type PayoutState,
  type PayoutStatus,
  type SearchedStatus,
  unknownSince,
} from './payout.ts';

/** Whether a payout has ended, without its account. */
export const { decode: statusOf } = entity(
  fields<{ readonly status: PayoutStatus }>({ status: z.enum(PAYOUT_STATUSES) }),
);

const destination = z.discriminatedUnion('type', [
  z.object({ type: z.literal('bank_account'), bankAccount: z.string(), bankName: z.string() }),
  z.object({ type: z.literal('pix'), pixKey: z.string() }),
]) satisfies z.ZodType<Destination>;

const instruction = fields<Instruction>({
  externalId: text(),
  payee: fields<Instruction['payee']>({ id: text(), name: text().optional() }),
  money: moneyFields,
  destination,
  transactionIds: z.array(z.string()),
  claims: z.array(z.enum(CLAIM_KINDS)).optional(),
});

/** The caller's instruction never changes and nothing reads its parts separately, so it is one attribute. */
const instructions = entity(
  fields<{ readonly pk: string; readonly sk: string; readonly instruction: Instruction }>({
    pk: text(),
    sk: text(),
    instruction: json(instruction),
  }),
);

/** The fields that an attempt changes. The first reference derives from the key and is not stored. */
type Progress<State = PayoutState> = State &
  Pick<PayoutFacts, 'attempts' | 'unanswered' | 'updatedAt' | 'cancellation' | 'history'> & {
    readonly reference?: string;
  };
type StateIn<Status> = Extract<PayoutState, { status: Status }>;

const common = {
  ...attemptFields,
  updatedAt: text(),
  cancellation: cancellation.optional(),
  history: historyText.optional(),
};
const progress = entity<Progress>(
  z.discriminatedUnion('status', [
    fields<Progress<StateIn<'pending' | 'cancelled'>>>({ ...common, status: z.enum(['pending', 'cancelled']) }),
    fields<Progress<StateIn<'unknown'>>>({
      ...common,
      status: z.literal('unknown'),
      unknownSince: text().optional(),
    }),
    fields<Progress<StateIn<'retrying' | 'failed'>>>({
      ...common,
      status: z.enum(['retrying', 'failed']),
      failure: refusal,
    }),
    fields<Progress<StateIn<'completed'>>>({ ...common, status: z.literal('completed'), bankId: text() }),
    fields<Progress<StateIn<'returned'>>>({
      ...common,
      status: z.literal('returned'),
      bankId: text(),
      returned,
    }),
  ]),
);

/** The stored form of a payout. Its account is encrypted. */
export function sealPayout(sealer: Sealer, payout: Payout): Payout {
  return withAccount(payout, (account, at) => sealer.seal(account, at));
}

/** The payout with its account in plain. */
export function openPayout(opener: Opener, payout: Payout): Payout {
  return withAccount(payout, (account, at) => opener.open(account, at));
}

function withAccount(payout: Payout, change: (account: string, at: FieldPlace) => string): Payout {
  const { destination } = payout;
  const at = { ...payoutKey(placeOf(payout.id)), attribute: 'instruction' };
  return {
    ...payout,
    destination:
      destination.type === 'pix'
        ? { ...destination, pixKey: change(destination.pixKey, at) }
        : { ...destination, bankAccount: change(destination.bankAccount, at) },
  };
}

export function payoutItem(payout: Payout): Item {
  return { ...instructionItem(payout), ...progressItem(payout) };
}

function instructionItem({ id, externalId, payee, money, destination, transactionIds, claims }: Payout): Item {
  const instruction = { externalId, payee, money, destination, transactionIds, ...(claims ? { claims } : {}) };
  return instructions.encode({ ...payoutKey(placeOf(id)), instruction });
}

export function payoutOf(item: Item): Payout {
  const { pk, sk, instruction } = instructions.decode(item);
  const id = payoutIdOf(pk, sk);
  return { id, ...instruction, reference: firstReference(id), ...progress.decode(item) };
}

/** The attributes that a change replaces; undefined for those that it removes. */
export function payoutChanges(before: Payout, after: Payout): Item {
  const [was, is] = [progressItem(before), progressItem(after)];
  const names = Object.keys({ ...was, ...is }).filter((name) => !isEqual(was[name], is[name]));
  return Object.fromEntries(names.map((name) => [name, is[name]]));
}

function progressItem(payout: Payout): Item {
  const { history, ...rest } = payout;
  const item = itemOfProgress(rest);
  return { ...item, ...historyItem(history, { ...instructionItem(payout), ...item }, encryptionBytes(payout)) };
}

function itemOfProgress(payout: Payout): Item {
  const { reference, ...rest } = payout;
  const stored = reference === firstReference(rest.id) ? rest : { ...rest, reference };
  return { ...progress.encode(stored), ...statusIndex(payout) };
}

/** The account is stored encrypted. */
function encryptionBytes({ destination }: Payout): number {
  const account = destination.type === 'pix' ? destination.pixKey : destination.bankAccount;
  return sealedBytes(account) - Buffer.byteLength(account);
}

/** About 1,000 payouts a second can fail in each. */
export const STATUS_SHARDS = 8;
export const statusPartition = (status: SearchedStatus, shard: number) => `STATUS#${status}#${shard}`;

/**
 * In gsi2: where a payout is found by its status, in the order in which their outcomes became unknown, else of their last
 * changes. Other payouts are not in the index.
 */
export function statusIndex(payout: Payout): Item {
  const { id, status, updatedAt } = payout;
  if (!isSearched(status)) return {};
  return {
    gsi2pk: statusPartition(status, placeOf(id).position % STATUS_SHARDS),
    gsi2sk: `${unknownSince(payout) ?? updatedAt}#${id}`,
  };
}
