import type { Table } from '../support/database.ts';
import type { SimulatedWorld } from './world.ts';

/** The part of the simulation that belongs to one domain. */
export type Domain = {
  readonly name: string;
  /** Tables besides those that all domains share. */
  readonly tables: readonly Table[];
  /** Connects the functions that AWS invokes to their queues, rules and streams. */
  readonly set: (world: SimulatedWorld) => void;
  /** Leaves out runs of the sweeper of events that would find nothing, in domains that play days. */
  readonly hasNothingToSweep?: (world: SimulatedWorld) => boolean;
  /** Clients and operators during the faulty minutes. */
  readonly play: (world: SimulatedWorld) => Promise<void>;
  /** The operator after the faulty minutes, who follows the runbook. */
  readonly settle: (world: SimulatedWorld) => Promise<void>;
  /** Checks all data, and records findings. */
  readonly judge: (world: SimulatedWorld, isOver: boolean) => Promise<void>;
};
