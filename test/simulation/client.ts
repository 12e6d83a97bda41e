import { ERRORS, type ErrorCode } from '../../lib/kernel/errors.ts';
import type { Chance } from './schedule.ts';
import type { Asked, Reply, SimulatedWorld } from './world.ts';

type ErrorBody = { readonly error?: { readonly code?: string; readonly details?: readonly { status?: string }[] } };

/** Whether asking again can change it. A payment that has failed says so for good, whatever the gateway may do later. */
const isFinal = ({ status, body }: Reply) => {
  const { code = '', details = [] } = (body as ErrorBody | undefined)?.error ?? {};
  return status < 400 || !ERRORS[code as ErrorCode]?.retryable || details.some((detail) => detail.status === 'FAILED');
};

/** Somebody outside. What he does follows from his name alone, whoever else is there. */
export class Actor {
  readonly chance: Chance;
  readonly #world: SimulatedWorld;

  constructor(world: SimulatedWorld, name: string) {
    this.#world = world;
    this.chance = world.chanceOf(name);
  }

  pause(least: number, most: number): Promise<void> {
    return this.#world.schedule.sleep(this.chance.between(least, most));
  }

  /** @returns undefined if there was no answer, or one of the gateway's own */
  async ask(name: string, handler: unknown, asked: Asked = {}): Promise<Reply | undefined> {
    const reply = await this.#world.request(name, handler as never, asked);
    if (reply) this.#check(name, reply);
    return reply;
  }

  /** Asks until there is an answer that says what has become of it, or for long enough. */
  async insist(name: string, handler: unknown, asked: Asked = {}): Promise<Reply | undefined> {
    for (let times = 1; times <= 40; times += 1) {
      const reply = await this.ask(name, handler, asked);
      if (reply && isFinal(reply)) return reply;
      // As long as others, or not: who waits as long as another meets it again.
      await (this.chance.isTrue(0.6) ? this.pause(1_000, 1_000) : this.pause(100, 5_000));
    }
    return undefined;
  }

  /** Every error that a client sees is one of the registry's. */
  #check(name: string, { status, body }: Reply): void {
    if (status < 400) return;
    const code = (body as ErrorBody | undefined)?.error?.code ?? '';
    if (!(code in ERRORS)) this.#world.find(`${name} answered ${status} without a code of the registry`);
    if (code === 'VALIDATION_ERROR') this.#world.find(`${name} was asked for nonsense: ${JSON.stringify(body)}`);
  }
}

/** So many of a kind, each from a moment of its own on, but for those whom the seed's plan leaves out. */
export async function crowd(
  world: SimulatedWorld,
  { kind, many, withinMs }: { kind: string; many: number; withinMs: number },
  act: (actor: Actor, nth: number) => Promise<void>,
): Promise<void> {
  const enter = async (nth: number) => {
    const name = `${kind} ${nth + 1}`;
    if (!world.admits(name)) return;
    const actor = new Actor(world, name);
    await actor.pause(0, withinMs);
    await act(actor, nth);
  };
  await Promise.all(Array.from({ length: many }, (_, nth) => enter(nth)));
}

/** Whoever asks with the same key is told the same. */
export function judgeSameAnswer(world: SimulatedWorld, key: string, replies: readonly Reply[]): void {
  const told = new Set(replies.map(({ body }) => JSON.stringify(body)));
  if (told.size > 1) world.find(`${key} was answered with ${[...told].join(' and ')}`);
}
