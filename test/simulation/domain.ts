import type { Table } from '../support/database.ts';
import type { SimulatedWorld } from './world.ts';

/** What a simulation plays of one domain. */
export type Domain = {
  readonly name: string;
  /** Besides those that all domains share. */
  readonly tables: readonly Table[];
  /** What AWS invokes: queues, rules, streams. */
  readonly set: (world: SimulatedWorld) => void;
  /** What clients and operators do while things go wrong. */
  readonly play: (world: SimulatedWorld) => Promise<void>;
  /** What an operator does once nothing goes wrong any more. */
  readonly settle: (world: SimulatedWorld) => Promise<void>;
  /** Looks at everything; what must not be is a finding. */
  readonly judge: (world: SimulatedWorld, isOver: boolean) => Promise<void>;
};
