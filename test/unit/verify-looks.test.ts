import { expect, it } from 'vitest';
import { lastingDifferences } from '../../scripts/verify/looks.ts';

const at = (check: string, id: string, message = '') => ({ check, id, message });
const noPause = () => Promise.resolve();

/** @returns the lasting differences, and the suspects of each look */
async function lastingAfter(...looks: ReturnType<typeof at>[][]) {
  const given: (string[] | undefined)[] = [];
  const look = async (suspects?: ReadonlySet<string>) => {
    given.push(suspects && [...suspects]);
    return looks[given.length - 1] ?? [];
  };
  return { lasting: await lastingDifferences(look, noPause), given };
}

it('looks once if there is no difference', async () => {
  expect(await lastingAfter([])).toEqual({ lasting: [], given: [undefined] });
});

it('reports the differences of every look, with the message of the last look', async () => {
  const { lasting, given } = await lastingAfter(
    [at('a', '1', 'x')],
    [at('a', '1', 'x')],
    [at('a', '1', 'x')],
    [at('a', '1', 'y')],
  );
  expect(lasting).toEqual([at('a', '1', 'y')]);
  expect(given).toEqual([undefined, ['1'], ['1'], ['1']]);
});

it('stops, and reports nothing, when the differences are gone', async () => {
  const { lasting, given } = await lastingAfter([at('a', '1'), at('a', '2')], [at('a', '2')], []);
  expect(lasting).toEqual([]);
  expect(given).toEqual([undefined, ['1', '2'], ['2']]);
});

it('does not report a new check or id of a later look', async () => {
  expect((await lastingAfter([at('a', '1')], [at('a', '2')])).lasting).toEqual([]);
  expect((await lastingAfter([at('a', '1')], [at('b', '1')])).lasting).toEqual([]);
});
