export const RAILS = ['bank', 'gateway', 'chain'] as const;
export type RailName = (typeof RAILS)[number];

/** What a process says of its circuit to a rail. Each process has a circuit of its own. Times are ISO 8601 UTC. */
export type CircuitReport = {
  readonly rail: RailName;
  /** The id of the process. */
  readonly reporter: string;
  readonly isOpen: boolean;
  /** When it opened or closed. */
  readonly since: string;
  readonly at: string;
};

export interface CircuitStore {
  /** Replaces the last report of the process about the rail. Never throws: the report is lost if it cannot be stored. */
  report(report: CircuitReport): Promise<void>;
  /** The last reports of all processes. They are kept for an hour. */
  read(): Promise<CircuitReport[]>;
}

/** An open circuit opens again with each test call that fails. So much time is between two reports of that. */
const REPEAT_AFTER_MS = 10_000;
/** A process that has not repeated its report for so long has ended, or has nothing to send. */
const VALID_MS = 5 * 60_000;

type Deps = { readonly circuits: CircuitStore; readonly now: () => number };

/** Stores each change of a circuit, best effort and without a wait. @returns what the rail calls when it opens or closes */
export function circuitReporter({ circuits, now }: Deps, rail: RailName, reporter: string) {
  let last: CircuitReport | undefined;
  let stored: Promise<void> = Promise.resolve();
  return (isOpen: boolean): void => {
    const isRepeated = last?.isOpen === isOpen;
    if (last && isRepeated && now() - Date.parse(last.at) < REPEAT_AFTER_MS) return;
    const at = new Date(now()).toISOString();
    const report = { rail, reporter, isOpen, since: last && isRepeated ? last.since : at, at };
    last = report;
    stored = stored.then(() => circuits.report(report)); // one after the other, so that the last one stays
  };
}

/** `openSince`: of the circuit that is open for the longest time. `reportedAt`: the last change or repetition. */
export type Circuit = {
  readonly rail: RailName;
  /** How many processes have reported an open circuit in the last five minutes, and none that closed since. */
  readonly open: number;
  readonly openSince: string | undefined;
  readonly reportedAt: string | undefined;
};

/** The circuits of all rails. A rail without reports had no failures in the last hour. */
export async function readCircuits({ circuits, now }: Deps): Promise<Circuit[]> {
  const reports = await circuits.read();
  const validFrom = new Date(now() - VALID_MS).toISOString();
  return RAILS.map((rail) => {
    const own = reports.filter((report) => report.rail === rail);
    const open = own.filter(({ isOpen, at }) => isOpen && at >= validFrom);
    const [openSince] = open.map(({ since }) => since).sort();
    const reportedAt = own
      .map(({ at }) => at)
      .sort()
      .at(-1);
    return { rail, open: open.length, openSince, reportedAt };
  });
}

/** Since when a circuit of any rail is open; ISO 8601 UTC. */
export async function oldestOpenCircuit(deps: Deps): Promise<string | undefined> {
  return (await readCircuits(deps)).flatMap(({ openSince }) => openSince ?? []).sort()[0];
}
