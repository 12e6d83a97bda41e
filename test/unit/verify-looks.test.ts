import { expect, it } from 'vitest';
import { lastingDifferences } from '../../scripts/verify/looks.ts';

const at = (check: string, id: string, message = '') => ({ check, id, message });
const noPause = () => Promise.resolve();

/** @returns what is told, and of what each look was asked */
async function told(...looks: ReturnType<typeof at>[][]) {
  const asked: (string[] | undefined)[] = [];
  const look = async (suspects?: ReadonlySet<string>) => {
    asked.push(suspects && [...suspects]);
    return looks[asked.length - 1] ?? [];
  };
  return { stays: await lastingDifferences(look, noPause), asked };
}

it('one look is enough if nothing differs', async () => {
  expect(await told([])).toEqual({ stays: [], asked: [undefined] });
});

it('what differs at every look is told, in the words of the last one', async () => {
  const { stays, asked } = await told(
    [at('a', '1', 'x')],
    [at('a', '1', 'x')],
    [at('a', '1', 'x')],
    [at('a', '1', 'y')],
  );
  expect(stays).toEqual([at('a', '1', 'y')]);
  expect(asked).toEqual([undefined, ['1'], ['1'], ['1']]);
});

it('what comes to rest is not told, and nobody looks again', async () => {
  const { stays, asked } = await told([at('a', '1'), at('a', '2')], [at('a', '2')], []);
  expect(stays).toEqual([]);
  expect(asked).toEqual([undefined, ['1', '2'], ['2']]);
});

it('what another look finds elsewhere, or otherwise, is not the same', async () => {
  expect((await told([at('a', '1')], [at('a', '2')])).stays).toEqual([]);
  expect((await told([at('a', '1')], [at('b', '1')])).stays).toEqual([]);
});
