import { handler as sealEvents } from '../../functions/events/seal-events.ts';
import { BLOCKS, headKey, headOf, listedOf } from '../../lib/audit/items.ts';
import type { Chain } from '../../lib/audit/ports.ts';
import { blockSchema, signedHeadSchema } from '../../lib/audit/schemas.ts';
import { Seals } from '../../scripts/verify/seals.ts';
import { PUBLIC_KEY } from '../support/seal-world.ts';
import type { Domain } from './domain.ts';
import { wallets } from './wallets.ts';
import type { SimulatedWorld } from './world.ts';

/** The sealer, beside clients of wallets whose events it seals. Its rule fires twice a minute, so two runs may meet. */
export const audit: Domain = {
  ...wallets,
  name: 'audit',
  tables: [...wallets.tables, 'SEALS_TABLE'],

  set(world) {
    wallets.set(world);
    world.everyMinute('sealEvents', sealEvents);
    world.everyMinute('sealEvents again', sealEvents);
  },

  async judge(world, isOver) {
    await wallets.judge(world, isOver);
    const seals = new Seals();
    await seals.read(await chainOf(world), PUBLIC_KEY);
    for (const item of await world.items('EVENTS_TABLE')) seals.addItem(item);
    // Faults may end one run of the sealer after the other.
    for (const { message } of seals.differences(isOver ? world.schedule.now : 0)) world.find(message);
    if (!isOver) return;
    if (seals.unsealed > 0) world.find(`${seals.unsealed} events are not sealed`);
    const [blocks, heads] = [
      await world.items('SEALS_TABLE'),
      world.bucket.keys.filter((key) => key.startsWith('heads/')),
    ];
    const { length } = blocks.filter(({ pk }) => pk === BLOCKS);
    if (heads.length !== length) world.find(`${length} blocks have ${heads.length} signed heads`);
  },
};

/** Reads take no virtual time. */
async function chainOf(world: SimulatedWorld): Promise<Pick<Chain, 'head' | 'listed' | 'read' | 'lastKept'>> {
  const { bucket } = world;
  const stored = await world.items('SEALS_TABLE');
  const objectsOf = (prefix: string) => bucket.keys.filter((key) => key.startsWith(prefix));
  return {
    async head() {
      const item = stored.find(({ pk }) => pk === headKey.pk);
      return item && headOf(item);
    },
    async *listed() {
      yield* stored
        .filter(({ pk }) => pk === BLOCKS)
        .sort((a, b) => (`${a.sk}` < `${b.sk}` ? -1 : 1))
        .map(listedOf);
    },
    async read({ hash }) {
      const [key = ''] = objectsOf('blocks/').filter((name) => name.includes(hash));
      return blockSchema.parse(JSON.parse(`${bucket.read(key)}`));
    },
    async lastKept() {
      const kept = objectsOf('heads/').map((key) => signedHeadSchema.parse(JSON.parse(`${bucket.read(key)}`)).number);
      return kept.at(-1);
    },
  };
}
