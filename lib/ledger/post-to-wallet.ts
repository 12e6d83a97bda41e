import { fullJitter } from '../kernel/backoff.ts';
import { contended } from '../kernel/errors.ts';
import { type Limiter, limiterPerKey } from '../kernel/limiter.ts';
import { MAX_TRANSACTION_ITEMS } from '../kernel/limits.ts';
import { type RetryDeps, retryWhileContended } from '../kernel/optimistic-retry.ts';
import type { UserId } from './entry.ts';
import type { Companion, Ledger, PostResult } from './ports.ts';
import type { Posted, Stale, Wallet } from './wallet.ts';

/** What a request posts to a wallet. */
export type Posting<Result extends object> = {
  /** Read for this request. */
  readonly wallet: Wallet;
  /**
   * Decides what to write. It is asked again after each try that another writer has refused.
   * @param wallet the stored one, or the one after the earlier entries of the same transaction
   * @throws AppError the request is refused
   */
  readonly propose: (wallet: Wallet) => Proposal<Result>;
};

export type Proposal<Result extends object> = {
  readonly posted: Posted;
  /** Written together with the entry. If it is refused: the request's result, or stale, and the request prepares again. */
  readonly companion: Companion<Result | Stale>;
  /** Once it is written. */
  readonly result: Result;
};

/** For posting to a wallet while others post to it too. */
export type PostingDeps = RetryDeps & {
  readonly ledger: Pick<Ledger, 'read' | 'post'>;
  /** Shared by all requests of the process. */
  readonly groups: PostingGroups;
};

/**
 * Posts to a wallet, until it is written or decided. The only lock is the wallet's own `seq`: each transaction is written on
 * condition that no other one was first, so any number of processes may post at once. Requests of one process to a wallet share
 * transactions: see {@link PostingGroups}.
 * @param prepare reads what the request depends on, and decides if it needs no posting
 * @throws AppError RATE_LIMITED other writers were first for all of the policy's patience: nothing was written
 */
export function postToWallet<Result extends object>(
  deps: PostingDeps,
  userId: UserId,
  prepare: () => Promise<Result | Posting<Result>>,
): Promise<Result> {
  const giveUpAt = deps.now() + deps.policy.patienceMs;
  async function attempt(): Promise<Result | undefined> {
    let result: Result | typeof OVERTAKEN | undefined;
    do {
      const prepared = await prepare();
      if (!('propose' in prepared)) return prepared;
      result = await deps.groups.post(deps, userId, prepared, giveUpAt);
    } while (result === OVERTAKEN);
    return result;
  }
  return retryWhileContended(deps, attempt, giveUpAt);
}

/** Another request of the group has written an item that this one would write too. */
const OVERTAKEN = Symbol('overtaken');

/** A request in a group. */
type Member = {
  readonly wallet: Wallet;
  /** Epoch milliseconds after which no further try begins. */
  readonly giveUpAt: number;
  readonly propose: (wallet: Wallet) => Entered;
  readonly isOvertaken: () => void;
  readonly reject: (error: unknown) => void;
};
/** A member in a transaction. */
type Entered = {
  readonly posted: Posted;
  readonly companion: Companion<unknown>;
  readonly isWritten: () => void;
  readonly isRefused: (found: Parameters<Companion<unknown>['refusedBy']>[0]) => void;
};

/** `wallet`: the one that this group wrote or found last. */
type Group = { readonly waiting: Set<Member>; wallet: Wallet | undefined };

/**
 * Group commit: while one transaction of a wallet is being written, new requests to this wallet wait. The next transaction
 * writes all of them: the wallet once, then each entry with its companion. Each entry follows from the balance after the
 * entry before it.
 *
 * - A request that the balance does not cover is refused only by a wallet that was read or written after the request came.
 *   If the balance does not cover it only because of earlier entries of the same transaction, it waits for their outcome.
 * - A transaction writes an item once: a request with the same key, or a refund of the same payment, prepares again after it.
 *   A request that adds to the same counter, such as the daily limit of the same API key, waits for the next transaction.
 * - A request whose companion is refused gets its own result; the others are tried again without it.
 * - Each request has its own patience. One request at a time writes for the group: the one that has waited longest.
 */
export class PostingGroups {
  readonly #groups = new Map<UserId, Group>();
  readonly #turnOf: (userId: UserId) => Limiter = limiterPerKey();

  /** @returns undefined if the companion is stale */
  post<Result extends object>(
    deps: PostingDeps,
    userId: UserId,
    { wallet, propose }: Posting<Result>,
    giveUpAt: number,
  ): Promise<Result | typeof OVERTAKEN | undefined> {
    const group = this.#groups.get(userId) ?? { waiting: new Set(), wallet: undefined };
    this.#groups.set(userId, group);
    return new Promise((resolve, reject) => {
      const leave = (settle: () => void) => {
        group.waiting.delete(member);
        if (group.waiting.size === 0 && this.#groups.get(userId) === group) this.#groups.delete(userId);
        settle();
      };
      const member: Member = {
        wallet,
        giveUpAt,
        isOvertaken: () => leave(() => resolve(OVERTAKEN)),
        reject: (error) => leave(() => reject(error)),
        propose(current) {
          const { posted, companion, result } = propose(current);
          return {
            posted,
            companion,
            isWritten: () => leave(() => resolve(result)),
            isRefused(found) {
              const refused = companion.refusedBy(found);
              leave(() => resolve(isStale(refused) ? undefined : refused));
            },
          };
        },
      };
      group.waiting.add(member);
      void this.#turnOf(userId)(async () => {
        for (let round = 1; group.waiting.has(member); round += 1) await commit(deps, userId, group, round);
      });
    });
  }
}

function isStale(refused: object): refused is Stale {
  return 'kind' in refused && refused.kind === 'stale';
}

/** One transaction, for all waiting members that fit. It never throws: a failure goes to the members of the transaction. */
async function commit(deps: PostingDeps, userId: UserId, group: Group, round: number): Promise<void> {
  const before = newest(group);
  const { entered, after } = enter(group, before);
  const last = [...entered.values()].at(-1);
  if (!last) return;
  try {
    const written = await deps.ledger.post(before, last.posted.after, [...entered.values()]);
    if (written.kind === 'refused') return await afterRefusal(deps, userId, { group, entered, written, round });
    group.wallet = last.posted.after;
    for (const { isWritten } of entered.values()) isWritten();
    for (const member of after) member.isOvertaken();
  } catch (error) {
    for (const member of entered.keys()) if (group.waiting.has(member)) member.reject(error);
  }
}

/** Every waiting request has read the wallet after it came, so the newest wallet is new enough for each of them. */
function newest({ waiting, wallet }: Group): Wallet {
  const read = [...waiting].map((member) => member.wallet);
  return [...(wallet ? [wallet] : []), ...read].reduce((one, other) => (other.seq > one.seq ? other : one));
}

/**
 * Chains the entries of the waiting members, in the order in which they came. Refuses those that cannot be written.
 * @returns `after`: members that would write an item of another member, for example with the same key
 */
function enter({ waiting }: Group, before: Wallet) {
  const entered = new Map<Member, Entered>();
  const after: Member[] = [];
  const written = new Set<string>();
  let wallet = before;
  let room = MAX_TRANSACTION_ITEMS - 1;
  for (const member of [...waiting]) {
    try {
      const one = member.propose(wallet);
      const { items, counters } = one.companion;
      if (items.some((item) => written.has(item))) {
        after.push(member);
        continue;
      }
      if (counters.some((counter) => written.has(counter))) continue;
      room -= 1 + items.length + counters.length;
      if (room < 0) break;
      for (const item of [...items, ...counters]) written.add(item);
      entered.set(member, one);
      wallet = one.posted.after;
    } catch (error) {
      if (wallet === before) member.reject(error);
    }
  }
  return { entered, after };
}

type Refusal = {
  readonly group: Group;
  readonly entered: ReadonlyMap<Member, Entered>;
  readonly written: Extract<PostResult, { kind: 'refused' }>;
  readonly round: number;
};

/** Settles the members whose own items were refused, and those without patience. The others stay for the next round. */
async function afterRefusal(deps: PostingDeps, userId: UserId, { group, entered, written, round }: Refusal) {
  for (const [index, [member, { isRefused }]] of [...entered].entries()) {
    const found = written.companions.get(index);
    if (!found) continue;
    try {
      isRefused(found);
    } catch (error) {
      member.reject(error);
    }
  }
  if (written.wallet) group.wallet = written.wallet;
  if (!written.isContended) return;
  const pause = fullJitter(deps.policy.backoff, round, deps.random);
  for (const member of entered.keys()) {
    if (group.waiting.has(member) && deps.now() + pause > member.giveUpAt) member.reject(contended());
  }
  if (group.waiting.size === 0) return;
  await deps.sleep(pause);
  if (!written.wallet) group.wallet = await deps.ledger.read(userId);
}
