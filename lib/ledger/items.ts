import { z } from 'zod';
import type { TransactItem } from '../aws/transact.ts';
import {
  digits,
  entity,
  type Fields,
  fields,
  flat,
  type Item,
  json,
  named,
  sums,
  text,
  trusted,
} from '../kernel/codec.ts';
import { invariant } from '../kernel/errors.ts';
import type { Unit } from '../kernel/money.ts';
import { type Account, ENTRY_TYPES, type Entry, type Posting, type UserId } from './entry.ts';
import type { Companion } from './ports.ts';
import type { Line, Stale, Wallet } from './wallet.ts';

/**
 * The ledger's items in DynamoDB, in the wallets table:
 *
 *     pk WALLET#<user>  sk WALLET         the balances, and the number of entries that made them
 *     pk WALLET#<user>  sk ENTRY#<seq>    the statement: every entry that moved the wallet, without a gap
 *
 * An entry that moves no wallet is an attribute of the item that it is about: see {@link entryAttribute} and {@link postingsAttribute}.
 *
 * Amounts are strings, so that no digit is lost. The postings are one JSON attribute, since nothing reads them separately:
 * the fewer attributes, the cheaper a write.
 */
export const walletKey = (userId: UserId) => ({ pk: `WALLET#${userId}`, sk: 'WALLET' });
export const LINES = 'ENTRY#';
const lineNumber = z.codec(z.string().regex(/^ENTRY#\d{12}$/), z.int(), {
  decode: (sk) => Number(sk.slice(LINES.length)),
  encode: (seq) => `${LINES}${String(seq).padStart(12, '0')}`,
});
export const lineKey = (userId: UserId, seq: number) => ({ pk: walletKey(userId).pk, sk: lineNumber.encode(seq) });
/** Where earlier versions stored an entry that moves no wallet. @param pk of what the entry is about */
export const captureKey = (pk: string) => ({ pk, sk: 'ENTRY#CAPTURE' });

export const { encode: walletItem, decode: walletOf } = entity<Wallet>(
  fields<Wallet>({ userId: text<UserId>(), balances: sums<Unit>(), seq: z.int(), createdAt: text() }),
  ({ userId }) => walletKey(userId),
);

const postings = z.array(fields<Posting>({ account: text<Account>(), amount: digits(), currency: text<Unit>() }));
const facts: Fields<Omit<Entry, 'references'>> = {
  id: named('entry_id', text()),
  type: z.enum(ENTRY_TYPES),
  postings: json(postings),
  at: text(),
};

/**
 * An entry as one attribute of the item that it is about. The entry is true from the write that stores it there, and costs no
 * write of its own.
 */
export const entryAttribute = json(
  fields<Entry>({
    id: text(),
    type: z.enum(ENTRY_TYPES),
    postings,
    references: z.record(z.templateLiteral([z.string(), '_id']), z.string()),
    at: text(),
  }),
);

const postingRow = z.codec(z.tuple([text<Account>(), digits(), text<Unit>()]), trusted<Posting>(), {
  decode: ([account, amount, currency]) => ({ account, amount, currency }),
  encode: ({ account, amount, currency }) => [account, amount, currency] as [Account, bigint, Unit],
});
/** Only the postings of an entry, `[["held","-5","ETH"],["withdrawn","5","ETH"]]`: the rest follows from the item that it is about. */
export const postingsAttribute = json(z.array(postingRow));

const entries = entity(fields(facts));
const lines = entity<Omit<Line, 'entry'> & { entry: Omit<Entry, 'references'> }>(
  fields({
    seq: named('sk', lineNumber),
    entry: flat(facts),
    currency: text<Unit>(),
    amount: digits(),
    balanceAfter: digits(),
  }),
);

/** Every attribute whose name ends in `_id` is a reference, except the entry's own id. */
function referencesIn({ entry_id: _, ...item }: Item): Entry['references'] {
  const isReference = (one: [string, unknown]): one is [string, string] =>
    one[0].endsWith('_id') && typeof one[1] === 'string';
  return Object.fromEntries(Object.entries(item).filter(isReference));
}

export const entryOfItem = (item: Item): Entry => ({ ...entries.decode(item), references: referencesIn(item) });

export function lineItem(userId: UserId, line: Line): Item {
  return { ...lines.encode(line), ...line.entry.references, pk: walletKey(userId).pk };
}

export function lineOf(item: Item): Line {
  const { entry, ...line } = lines.decode(item);
  return { ...line, entry: { ...entry, references: referencesIn(item) } };
}

/** The wallet with its new balance, on condition that it has not changed since. */
export const replaceWallet = (table: string, before: Wallet, after: Wallet): TransactItem => ({
  Put: {
    TableName: table,
    Item: walletItem(after),
    ConditionExpression: '#seq = :seq AND #balances = :before',
    ExpressionAttributeNames: { '#seq': 'seq', '#balances': 'balances' },
    ExpressionAttributeValues: { ':seq': before.seq, ':before': walletItem(before).balances },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

type NamedWrites = Readonly<Record<string, Pick<TransactItem, 'Put' | 'Update'>>>;

class Writes<Refused> implements Companion<Refused> {
  readonly writes: NamedWrites;
  readonly refusedBy: Companion<Refused>['refusedBy'];

  constructor(writes: NamedWrites, refusedBy: Companion<Refused>['refusedBy']) {
    this.writes = writes;
    this.refusedBy = refusedBy;
  }

  get items(): string[] {
    return Object.values(this.writes).flatMap(({ Put }) => (Put ? placeOf(Put.TableName, Put.Item) : []));
  }

  get counters(): string[] {
    return Object.values(this.writes).flatMap(({ Update }) => (Update ? placeOf(Update.TableName, Update.Key) : []));
  }
}

const placeOf = (table: string | undefined, key: Item | undefined) => `${table} ${key?.pk} ${key?.sk}`;

export const STALE: Stale = { kind: 'stale' };

/** Items by name, to be written in the transaction of an entry. Updates add to counters. */
export const companion = <Refused>(
  writes: NamedWrites,
  refusedBy: Companion<Refused>['refusedBy'],
): Companion<Refused> => new Writes(writes, refusedBy);

export function writesOf(made: Companion<unknown>): NamedWrites {
  invariant(made instanceof Writes, 'every companion is made here');
  return made.writes;
}
