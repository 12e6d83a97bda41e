import type { Reply, SimulatedWorld } from './world.ts';

type Asked = Parameters<SimulatedWorld['request']>[2];

/** Asks until there is an answer that says what has become of it, or for long enough. */
export async function insist(
  world: SimulatedWorld,
  name: string,
  handler: unknown,
  asked: Asked,
  isAnswer = ({ status }: Reply) => status < 500 && status !== 429,
): Promise<Reply | undefined> {
  for (let times = 1; times <= 40; times += 1) {
    const reply = await world.request(name, handler as never, asked);
    if (reply && isAnswer(reply)) return reply;
    // As long as others, or not: who waits as long as another meets it again.
    await world.schedule.sleep(world.chance.isTrue(0.6) ? 1_000 : world.chance.between(100, 5_000));
  }
  return undefined;
}

/** So many clients, each from a moment of its own on. */
export async function crowd(
  world: SimulatedWorld,
  many: number,
  withinMs: number,
  client: (nth: number) => Promise<void>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: many }, async (_, nth) => {
      await world.schedule.sleep(world.chance.between(0, withinMs));
      await client(nth);
    }),
  );
}

/** The events of some types that were told, beside the facts: both, or neither. */
export async function judgeEvents(world: SimulatedWorld, prefixes: readonly string[], facts: readonly string[]) {
  const told = (await world.items('OUTBOX_TABLE'))
    .map(({ pk }) => String(pk).slice('EVENT#'.length))
    .filter((id) => prefixes.some((prefix) => id.startsWith(prefix)));
  for (const id of new Set(facts).difference(new Set(told))) world.find(`a fact was not told: ${id}`);
  for (const id of new Set(told).difference(new Set(facts))) world.find(`what was told is no fact: ${id}`);
}
