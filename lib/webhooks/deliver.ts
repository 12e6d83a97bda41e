import { partition } from 'es-toolkit';
import pMap from 'p-map';
import { type CloudEvent, nameOfEvent } from '../events/index.ts';
import { fullJitter } from '../kernel/backoff.ts';
import type { LogFields } from '../kernel/log.ts';
import { signedHeaders } from '../kernel/signature.ts';
import type { Outcome } from './call.ts';
import { disableEndpoint } from './change-endpoint.ts';
import type { Delivery, DeliveryId } from './delivery.ts';
import { type Endpoint, signing } from './endpoint.ts';
import type { DeliveryDeps, Turn, Wake } from './ports.ts';
import { recordAttempt } from './record-attempt.ts';
import { wakeOf } from './store-deliveries.ts';

/** Without a success for so long after a failure, the next failure disables the endpoint. */
const FAILING_MS = 5 * 24 * 60 * 60 * 1_000;
const GONE = 410;
/** SQS delays a message by at most 15 minutes. What is due later is found by recovery. */
const MAX_WAIT_MS = 15 * 60 * 1_000;
const BUSY_MS = 2_000;

/**
 * Sends what is due for an endpoint, in a turn of limited length. One worker has the turn, so an endpoint that is slow or down
 * takes no more than one.
 */
export async function deliver(deps: DeliveryDeps, wake: Wake): Promise<LogFields> {
  const { endpointId } = wake;
  const endpoint = await deps.endpoints.read(endpointId);
  if (!endpoint?.enabled) return { result: 'held' }; // its deliveries wait until it is enabled
  const { policy } = deps;
  const [owner, now] = [deps.newId(), deps.now()];
  const until = now + policy.turnMs + policy.callMs;
  const taken = await deps.turns.take(endpointId, { owner, now, until });
  if (!taken) return wait(deps, wake);
  return new DeliveryTurn(deps, endpoint, taken, now + policy.turnMs).run(wake.ids, owner);
}

/**
 * The worker that has the turn finds new deliveries in an index, which may lag; so their message comes once more. Recovery's
 * message comes again when the turn of a worker that has died is over.
 */
async function wait({ queue, policy }: DeliveryDeps, wake: Wake): Promise<LogFields> {
  const delayMs = wake.ids.length > 0 ? BUSY_MS : policy.turnMs + policy.callMs;
  if (!wake.waited) await queue.send([{ ...wake, waited: true }], delayMs);
  return { result: 'busy' };
}

class DeliveryTurn {
  readonly #deps: DeliveryDeps;
  readonly #endpoint: Endpoint;
  readonly #until: number;
  readonly #underWay = new Set<DeliveryId>();
  readonly #counts = { delivered: 0, refused: 0 };
  #turn: Turn;
  #isDisabled = false;
  /** When the next one is due, of those that were not due yet. */
  #nextAt: number | undefined;

  constructor(deps: DeliveryDeps, endpoint: Endpoint, turn: Turn, until: number) {
    this.#deps = deps;
    this.#endpoint = endpoint;
    this.#turn = turn;
    this.#until = until;
  }

  get #isOver(): boolean {
    return this.#isDisabled || this.#deps.now() >= this.#until;
  }

  async run(ids: readonly DeliveryId[], owner: string): Promise<LogFields> {
    const { turns } = this.#deps;
    const { id } = this.#endpoint;
    let first = ids;
    for (;;) {
      this.#nextAt = undefined;
      await pMap(this.#due(first), (each) => this.#send(each), { concurrency: this.#deps.policy.inFlight });
      first = [];
      if (this.#isOver) {
        await turns.leave(id, owner, this.#turn);
        if (!this.#isDisabled) await this.#deps.queue.send([wakeOf(id)]); // it needs the turn; if it is lost, recovery sends one
        break;
      }
      await this.#wakeForNext();
      if (await turns.end(id, owner, this.#turn)) break;
    }
    return { ...this.#counts, result: this.#isDisabled ? 'disabled' : 'sent' };
  }

  /**
   * The first ones, then what the index has, until nothing is due or the turn is over. An index that lags may show for seconds what
   * has ended, so it is read again after a pause.
   */
  async *#due(first: readonly DeliveryId[]): AsyncGenerator<Work> {
    const { deliveries, policy, now, sleep, random } = this.#deps;
    for (let [ids, fruitless] = [first, 0]; ; ) {
      const those = await this.#read(ids);
      for (const work of those) {
        if (this.#isOver) return;
        yield work;
      }
      fruitless = those.length > 0 || ids.length === 0 ? 0 : fruitless + 1;
      if (fruitless > 0) await sleep(fullJitter(policy.backoff, fruitless, random));
      if (this.#isOver) return;
      const listed = await deliveries.next(this.#endpoint.id, policy.pageSize + this.#underWay.size);
      const [due, later] = partition(listed, ({ dueAt }) => dueAt <= now());
      this.#isDueAt(later[0]?.dueAt);
      ids = due.map(({ id }) => id).filter((id) => !this.#underWay.has(id));
      if (ids.length === 0) return;
    }
  }

  /** Those that are due, with their events. */
  async #read(ids: readonly DeliveryId[]): Promise<Work[]> {
    if (ids.length === 0) return [];
    const { deliveries, events, now } = this.#deps;
    const those = (await deliveries.readMany(ids)).filter(
      ({ id, status, at }) => status === 'pending' && Date.parse(at) <= now() && !this.#underWay.has(id),
    );
    for (const { id } of those) this.#underWay.add(id);
    const found = await events.byKeys(those.map(({ event }) => event));
    const byName = new Map(found.map(({ key, event }) => [nameOfEvent(key), event]));
    return those
      .sort((a, b) => (a.event.position < b.event.position ? -1 : 1))
      .map((delivery) => ({ delivery, event: byName.get(nameOfEvent(delivery.event)) }));
  }

  async #send({ delivery, event }: Work): Promise<void> {
    if (this.#isDisabled) return;
    const startedAt = this.#deps.now();
    const outcome = event ? await this.#call(delivery, event, startedAt) : UNREADABLE;
    const after = await recordAttempt(this.#deps, delivery, startedAt, outcome);
    if (after?.status === 'pending') this.#isDueAt(after.at);
    this.#underWay.delete(delivery.id);
    if (event) await this.#judge(outcome);
  }

  #call({ id }: Delivery, event: CloudEvent, startedAt: number): Promise<Outcome> {
    const body = JSON.stringify(event);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Sluice-Webhooks/1',
      ...signedHeaders(signing(this.#endpoint, startedAt), { id, now: startedAt, body }),
    };
    return this.#deps.client.post({ url: this.#endpoint.url, headers, body });
  }

  /** Disables an endpoint that is gone or has failed for too long. */
  async #judge({ status, error }: Outcome): Promise<void> {
    const now = this.#deps.now();
    this.#counts[error === undefined ? 'delivered' : 'refused'] += 1;
    if (error === undefined) {
      this.#turn = { ...this.#turn, failingSince: undefined };
      return;
    }
    const { failingSince = new Date(now).toISOString() } = this.#turn;
    this.#turn = { ...this.#turn, failingSince };
    const reason = status === GONE ? 'gone' : (await this.#failsForTooLong(failingSince)) ? 'failing' : undefined;
    if (reason === undefined || this.#isDisabled) return;
    this.#isDisabled = true;
    await disableEndpoint(this.#deps, this.#endpoint, reason);
  }

  async #failsForTooLong(since: string): Promise<boolean> {
    const { deliveries, now } = this.#deps;
    if (now() - Date.parse(since) < FAILING_MS) return false;
    // A worker that died after a success has not recorded it in the turn.
    const [last] = (await deliveries.list(this.#endpoint.id, { status: 'delivered', limit: 1 })).items;
    if (last === undefined || last.at < since) return true;
    this.#turn = { ...this.#turn, failingSince: new Date(now()).toISOString() };
    return false;
  }

  #isDueAt(time: number | string | undefined): void {
    if (time === undefined) return;
    this.#nextAt = Math.min(this.#nextAt ?? Number.POSITIVE_INFINITY, new Date(time).getTime());
  }

  /** One message for the next one that will be due, unless one is under way that arrives earlier. */
  async #wakeForNext(): Promise<void> {
    const { queue, now } = this.#deps;
    const at = this.#nextAt;
    if (at === undefined || at - now() > MAX_WAIT_MS) return;
    const { wakeAt } = this.#turn;
    if (wakeAt !== undefined && wakeAt > now() && wakeAt <= at) return;
    await queue.send([wakeOf(this.#endpoint.id)], at - now());
    this.#turn = { ...this.#turn, wakeAt: at };
  }
}

/** Without an event it cannot be read. */
type Work = { readonly delivery: Delivery; readonly event: CloudEvent | undefined };
const UNREADABLE: Outcome = { durationMs: 0, error: 'The event cannot be read.' };
