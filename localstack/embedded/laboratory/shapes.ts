/** The answers of the laboratory, which the console shows. */

export type LaboratoryProcess = {
  readonly name: string;
  readonly pid: number;
  readonly started_at: string;
  /** How often the laboratory has restarted it. */
  readonly restarts: number;
};

/** The settings of the mock bank (localstack/bank/server.ts). */
export type BankSettings = {
  readonly mode: string;
  readonly latency_ms: readonly [number, number];
  readonly lookups: string;
};

export type LaboratoryState = {
  readonly processes: readonly LaboratoryProcess[];
  /** The functions were killed and are not ready yet. */
  readonly restarting: boolean;
  /** Null if the bank does not answer. */
  readonly bank: BankSettings | null;
};

/** As `npm run verify -- --json` prints it. */
export type VerifyReport = {
  readonly checks: readonly {
    readonly domain: string;
    readonly name: string;
    readonly description: string;
    readonly result: 'ok' | 'fail' | 'skip';
    readonly violations: readonly string[];
  }[];
  readonly domains: readonly { readonly domain: string; readonly examined?: string; readonly error?: string }[];
};

export type LaboratoryCheck = VerifyReport['checks'][number] & {
  /** How many there are. `violations` has the first of them. */
  readonly violation_count: number;
  /** When the check had this result for the first time in a row. */
  readonly since: string;
};

export type LaboratoryVerify = {
  readonly running: boolean;
  /** When the checks below ended; null before the first time. */
  readonly ended_at: string | null;
  readonly duration_ms: number | null;
  readonly checks: readonly LaboratoryCheck[];
  readonly domains: VerifyReport['domains'];
  /** Why the last run has no result. `checks` are those of the run before it. */
  readonly error: string | null;
};
