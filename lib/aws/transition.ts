import { invariant } from '../kernel/errors.ts';
import type { Change } from './update.ts';

/** Every legal move of a state machine: each state with the states that may follow it. */
type Transitions = Readonly<Record<string, readonly string[]>>;

/**
 * A move of a state machine, as condition and change of an update of an item with the attribute `status`.
 * @param from the states that it may leave; by default all from which the move is legal
 * @param when a further condition
 * @throws InvariantError for a move that is not legal
 */
export function transition<Table extends Transitions>(
  transitions: Table,
  to: keyof Table & string,
  { from, when, ...change }: Change & { from?: readonly (keyof Table & string)[]; when?: string } = {},
): { readonly condition: string; readonly change: Change } {
  const legal = Object.entries(transitions).flatMap(([status, next]) => (next.includes(to) ? [status] : []));
  const left: readonly string[] = from ?? legal;
  invariant(left.length > 0 && left.every((status) => legal.includes(status)), `no transition from ${left} to ${to}`);
  const names = Object.fromEntries(left.map((status, index) => [`:from${index}`, status]));
  const condition = `#status IN (${Object.keys(names).join(', ')})`;
  return {
    condition: when === undefined ? condition : `${condition} AND ${when}`,
    change: { ...change, set: { ...change.set, status: to }, values: { ...change.values, ...names } },
  };
}
