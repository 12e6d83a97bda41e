export const RAILS = ['bank', 'gateway', 'chain'] as const;
export type RailName = (typeof RAILS)[number];

/** What all processes together know of the sends to a rail. Times are epoch milliseconds. */
export type CircuitState = {
  readonly rail: RailName;
  /** Sends in a row without an answer. */
  readonly failures: number;
  /** While the circuit is open: since when, and when one process may send a test. */
  readonly openedAt?: number | undefined;
  readonly testAt?: number | undefined;
  readonly changedAt: number;
};

/** One record per rail, which all processes share. While a rail answers, nothing is written. */
export interface CircuitStore {
  /** @returns undefined if the rail has always answered */
  read(rail: RailName): Promise<CircuitState | undefined>;
  /** @returns the state with them */
  addFailures(rail: RailName, count: number, now: number): Promise<CircuitState>;
  /** @returns the state, also if the circuit was open already */
  open(rail: RailName, now: number, testAt: number): Promise<CircuitState>;
  /** @returns whether the caller is the one process that tests; the next test is at `nextAt` */
  takeTest(state: CircuitState, now: number, nextAt: number): Promise<boolean>;
  /** No more failures in a row. */
  close(rail: RailName, now: number): Promise<void>;
}

/** What a rail asks before each send, and reports after it. */
export interface Circuit {
  /** Whether the send may go out. */
  admits(): Promise<boolean>;
  /** Resolves when the outcome is shared, or could not be. */
  report(outcome: 'answered' | 'unanswered'): Promise<void>;
}

/** How long a process uses the state that it has read. */
export const CIRCUIT_CACHED_MS = 1_000;

type Policy = {
  /** Unanswered sends in a row, of all processes, after which the circuit opens. */
  readonly failures: number;
  /** How long it stays open before one process sends a test: while the test runs, no other starts. */
  readonly openMs: number;
};
type Deps = {
  readonly circuits: CircuitStore;
  readonly now: () => number;
  /** For the log. The circuit is best effort: without its store, sends go out. */
  readonly onFailure: (error: Error) => void;
};

/** The circuit that all processes share: on Lambda, each of them serves one request. */
export function sharedCircuit({ circuits, now, onFailure }: Deps, rail: RailName, policy: Policy): Circuit {
  let state: CircuitState | undefined;
  let freshUntil = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let failures = 0;
  let writing: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      state = await circuits.read(rail);
    } catch (error) {
      onFailure(error as Error);
    }
    freshUntil = now() + CIRCUIT_CACHED_MS;
  }

  async function write(): Promise<void> {
    while (failures > 0) {
      const count = failures;
      failures = 0;
      state = await circuits.addFailures(rail, count, now());
      const mustOpen = state.failures >= policy.failures && state.testAt === undefined;
      if (mustOpen) state = await circuits.open(rail, now(), now() + policy.openMs);
    }
  }

  return {
    async admits() {
      if (now() >= freshUntil) {
        reading ??= read().finally(() => {
          reading = undefined;
        });
        await reading;
      }
      const seen = state;
      if (seen?.testAt === undefined) return true;
      if (now() < seen.testAt) return false;
      const nextAt = now() + policy.openMs;
      state = { ...seen, testAt: nextAt }; // other sends of this process wait
      return circuits.takeTest(seen, now(), nextAt).catch((error: Error) => {
        onFailure(error);
        return true;
      });
    },

    async report(outcome) {
      if (outcome === 'answered') {
        if (!state || state.failures === 0) return;
        state = undefined;
        return circuits.close(rail, now()).catch(onFailure);
      }
      failures += 1;
      writing ??= write()
        .catch(onFailure)
        .finally(() => {
          writing = undefined;
        });
      return writing;
    },
  };
}

/** For rails whose state is not shared with others. */
export const NO_CIRCUIT: Circuit = { admits: async () => true, report: async () => {} };

/** An open circuit without a test for so long: nothing is sent to the rail. */
const VALID_MS = 5 * 60_000;

/** The circuits of all rails. Times are ISO 8601 UTC. */
export type CircuitView = {
  readonly rail: RailName;
  readonly isOpen: boolean;
  readonly failures: number;
  readonly openSince: string | undefined;
  readonly changedAt: string | undefined;
};

export function readCircuits({ circuits, now }: Pick<Deps, 'circuits' | 'now'>): Promise<CircuitView[]> {
  return Promise.all(
    RAILS.map(async (rail) => {
      const { failures = 0, openedAt, changedAt } = (await circuits.read(rail)) ?? {};
      const isOpen = openedAt !== undefined && changedAt !== undefined && changedAt >= now() - VALID_MS;
      return { rail, isOpen, failures, openSince: isOpen ? iso(openedAt) : undefined, changedAt: iso(changedAt) };
    }),
  );
}

/** Since when a circuit of any rail is open; ISO 8601 UTC. */
export async function oldestOpenCircuit(deps: Pick<Deps, 'circuits' | 'now'>): Promise<string | undefined> {
  return (await readCircuits(deps)).flatMap(({ openSince }) => openSince ?? []).sort()[0];
}

const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
