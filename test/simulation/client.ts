import type { Operation } from '../../functions/routes.ts';
import { ERRORS, type ErrorCode } from '../../lib/kernel/errors.ts';
import type { Principal } from '../../lib/kernel/principal.ts';
import type { Chance } from './schedule.ts';
import type { Asked, Reply, SimulatedWorld } from './world.ts';

type ErrorBody = { readonly error?: { readonly code?: string; readonly details?: readonly { status?: string }[] } };

/** Whether another attempt cannot change the answer. A payment that is FAILED stays so. */
export const isFinal = ({ status, body }: Reply) => {
  const { code = '', details = [] } = (body as ErrorBody | undefined)?.error ?? {};
  return status < 400 || !ERRORS[code as ErrorCode]?.retryable || details.some((detail) => detail.status === 'FAILED');
};

/** A client or an operator. Its chance depends on its name and the seed only, not on other actors. */
export class Actor {
  readonly chance: Chance;
  readonly #world: SimulatedWorld;
  readonly #key: Principal | undefined;

  /** @param key by default one that may do everything */
  constructor(world: SimulatedWorld, name: string, key?: Principal) {
    this.#world = world;
    this.#key = key;
    this.chance = world.chanceOf(name);
  }

  pause(least: number, most: number): Promise<void> {
    return this.#world.schedule.sleep(this.chance.between(least, most));
  }

  /** @returns undefined if the function did not answer */
  async ask(name: Operation, asked: Asked = {}): Promise<Reply | undefined> {
    const reply = await this.#world.request(name, this.#key ? { by: this.#key, ...asked } : asked);
    if (reply) this.#check(name, reply);
    return reply;
  }

  /** Repeats a request until the answer is final, at most 40 times. */
  async insist(name: Operation, asked: Asked = {}): Promise<Reply | undefined> {
    for (let times = 1; times <= 40; times += 1) {
      const reply = await this.ask(name, asked);
      if (reply && isFinal(reply)) return reply;
      // Equal pauses let actors collide again and again.
      await (this.chance.isTrue(0.6) ? this.pause(1_000, 1_000) : this.pause(100, 5_000));
    }
    return undefined;
  }

  /** Clients see only errors of the registry. */
  #check(name: string, { status, body }: Reply): void {
    if (status < 400) return;
    const code = (body as ErrorBody | undefined)?.error?.code ?? '';
    if (!(code in ERRORS)) this.#world.find(`${name} answered ${status} without an error code of the registry`);
    if (code === 'VALIDATION_ERROR')
      this.#world.find(`${name} refused a request of the simulator: ${JSON.stringify(body)}`);
  }
}

/** Plays `many` actors of a kind, except those that the plan leaves out. Each begins at a time of its own. */
export async function crowd(
  world: SimulatedWorld,
  { kind, many, withinMs, key }: { kind: string; many: number; withinMs: number; key?: Principal },
  act: (actor: Actor, nth: number) => Promise<void>,
): Promise<void> {
  const enter = async (nth: number) => {
    const name = `${kind} ${nth + 1}`;
    if (!world.admits(name)) return;
    const actor = new Actor(world, name, key);
    await actor.pause(0, withinMs);
    await act(actor, nth);
  };
  await Promise.all(Array.from({ length: many }, (_, nth) => enter(nth)));
}

/** Requests with the same key get the same answer. */
export function judgeSameAnswer(world: SimulatedWorld, key: string, replies: readonly Reply[]): void {
  const different = new Set(replies.map(({ body }) => JSON.stringify(body)));
  if (different.size > 1) world.find(`${key} got different answers: ${[...different].join(' and ')}`);
}
