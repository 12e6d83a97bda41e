import { range } from 'es-toolkit';
import { expect, it } from 'vitest';
import { type Draw, isPlayed, PARTS } from '../support/draw.ts';

const NAMES = range(3_000).map((number) => `a withdrawal: before worker: send ${number}`);
const playedBy = (draw: Draw) => NAMES.filter((name) => isPlayed(name, draw));

it.each(range(PARTS))(
  'npm test plays a sixth of the deaths, and npm run test:rest exactly the others: part %i',
  (part) => {
    const drawn = playedBy({ plays: 'drawn', part });
    const others = playedBy({ plays: 'others', part });
    expect([...drawn, ...others].sort()).toEqual(NAMES.toSorted());
    expect(drawn.length).toBeGreaterThan(430);
    expect(drawn.length).toBeLessThan(570);
  },
);

it('the parts are all deaths, and a run of its own plays all of them', () => {
  const parts = range(PARTS).map((part) => playedBy({ plays: 'drawn', part }));
  expect(parts.flat().sort()).toEqual(NAMES.toSorted());
  expect(playedBy({ plays: 'all', part: 0 })).toEqual(NAMES);
});
