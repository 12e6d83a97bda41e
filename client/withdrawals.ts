import type {
  Approval,
  DeniedAddress,
  Explanation,
  JournalEntry,
  Network,
  Processor,
  ProcessorStats,
  Timeline,
  Withdrawal,
  WithdrawalRequest,
} from './contract.ts';
import type { Pages } from './pages.ts';
import type { AnswerBody, CallOptions, Query, Transport } from './transport.ts';
import { type WaitOptions, waitUntil } from './wait.ts';

const ENDS: readonly Withdrawal['status'][] = ['COMPLETED', 'FAILED', 'REJECTED'];
const named = (id: string) => ({ params: { withdrawal_id: id } });

/** Withdrawals of crypto assets. */
export class Withdrawals {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `idempotency_key` of the body is its key, one for each user. Without it the client sends one. */
  create(body: WithdrawalRequest, options?: CallOptions): Promise<AnswerBody<'createWithdrawal'>> {
    return this.#transport.call('createWithdrawal', { body }, options);
  }

  async get(id: string, options?: CallOptions): Promise<Withdrawal> {
    return (await this.#transport.call('getWithdrawal', named(id), options)).withdrawal;
  }

  /** The withdrawal of a user that was created with this key. */
  async getByKey(userId: string, key: string, options?: CallOptions): Promise<Withdrawal> {
    const input = { params: { key }, query: { user_id: userId } };
    return (await this.#transport.call('getWithdrawalByKey', input, options)).withdrawal;
  }

  /** Why a withdrawal has its status, what happens next, and what a person may do. */
  explain(id: string, options?: CallOptions): Promise<Explanation> {
    return this.#transport.call('explainWithdrawal', named(id), options);
  }

  /** What happened to a withdrawal, in the order of time. */
  timeline(id: string, options?: CallOptions): Promise<Timeline> {
    return this.#transport.call('getWithdrawalTimeline', named(id), options);
  }

  /** What it has posted to the journal, in the order of time. */
  async entries(id: string, options?: CallOptions): Promise<JournalEntry[]> {
    return (await this.#transport.call('listWithdrawalEntries', named(id), options)).entries;
  }

  /** Of all users, those that have not ended: in one part of their index, in the order of its times. */
  listOpen(
    query: Query<'listOpenWithdrawals'>,
    options?: CallOptions,
  ): Pages<Withdrawal, AnswerBody<'listOpenWithdrawals'>> {
    return this.#transport.list('listOpenWithdrawals', { query }, 'withdrawals', options);
  }

  /** Of one user, newest first. */
  list(query: Query<'listWithdrawals'>, options?: CallOptions): Pages<Withdrawal, AnswerBody<'listWithdrawals'>> {
    return this.#transport.list('listWithdrawals', { query }, 'withdrawals', options);
  }

  /** Tries a failed withdrawal once more. */
  async retry(id: string, options?: CallOptions): Promise<Withdrawal> {
    return (await this.#transport.call('retryWithdrawal', named(id), options)).withdrawal;
  }

  /** Waits until the withdrawal is COMPLETED, FAILED or REJECTED. */
  waitFor(id: string, options: WaitOptions<Withdrawal> = {}): Promise<Withdrawal> {
    const read = this.#transport.reader('getWithdrawal', named(id), options);
    const readWithdrawal = async (...condition: Parameters<typeof read>) => {
      const answer = await read(...condition);
      return { ...answer, body: answer.body?.withdrawal };
    };
    return waitUntil(`The withdrawal ${id}`, readWithdrawal, ({ status }) => ENDS.includes(status), options);
  }
}

/** For operators: the processor that sends withdrawals. */
export class WithdrawalProcessor {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  start(options?: CallOptions): Promise<Processor> {
    return this.#transport.call('startProcessor', {}, options);
  }

  stop(options?: CallOptions): Promise<Processor> {
    return this.#transport.call('stopProcessor', {}, options);
  }

  stats(options?: CallOptions): Promise<ProcessorStats> {
    return this.#transport.call('getProcessorStats', {}, options);
  }

  /** Puts dead-lettered withdrawals back to work. @returns how many: repeat it until 0 */
  async redrive(options?: CallOptions): Promise<number> {
    return (await this.#transport.call('redriveWithdrawals', {}, options)).redriven;
  }
}

/** For operators: the destinations that nothing is sent to. */
export class DeniedAddresses {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. */
  list(
    query: Query<'listDeniedAddresses'>,
    options?: CallOptions,
  ): Pages<DeniedAddress, AnswerBody<'listDeniedAddresses'>> {
    return this.#transport.list('listDeniedAddresses', { query }, 'addresses', options);
  }

  add(network: Network, address: string, reason: string, options?: CallOptions): Promise<DeniedAddress> {
    return this.#transport.call('denyAddress', { params: { network, address }, body: { reason } }, options);
  }

  /** @returns the approval that the removal waits for, if a rule asks for one */
  async remove(network: Network, address: string, options?: CallOptions): Promise<Approval | undefined> {
    return (await this.#transport.call('allowAddress', { params: { network, address } }, options)) || undefined;
  }
}
