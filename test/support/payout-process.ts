import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import type { Rail } from '../../lib/rail/port.ts';
import type { Process, Special } from './crash.ts';
import { railWith } from './rail.ts';

/** A process that pays. The names of its awaits contain the chunk or the reference. */
export const paying: Special<PayoutDeps> = (deps, process) => ({
  batches: process.port(deps.batches, (name) => name),
  chunks: process.port(deps.chunks, (name, given) => `${name}${chunkIn(given)}`),
  bank: mortalBank(deps.bank, process),
});

/**
 * A send counts as sent only once it is permitted: before that it waits for a read that may hang. A look-up has no effect
 * that could arrive later, and may wait behind a send that hangs.
 */
export function mortalBank<Deps extends object>(bank: Rail, process: Process<Deps>): Rail {
  return railWith(bank, {
    lookUp: (reference) =>
      process.await(
        `look up ${reference}`,
        () => bank.lookUp(reference),
        () => {},
      ),
    send: (instruction, mayStillSend) => {
      let arrived = () => {};
      const answer = () =>
        bank
          .send(instruction, async () => {
            const may = await process.mortal(mayStillSend());
            if (may) process.onTheWire(new Promise<void>((resolve) => (arrived = resolve)));
            return may;
          })
          .finally(() => arrived());
      return process.await(`send ${instruction.reference}`, answer, () => {});
    },
  });
}

/** The chunk that a call of the chunk store is about: a number, or a request, lease or chunk that names it. */
function chunkIn(given: readonly unknown[]): string {
  for (const argument of given) {
    if (typeof argument === 'number') return ` ${argument}`;
    if (typeof argument !== 'object' || argument === null) continue;
    const { chunk, number } = argument as { chunk?: number | { number: number }; number?: number };
    return ` ${typeof chunk === 'object' ? chunk.number : (chunk ?? number)}`;
  }
  return '';
}
