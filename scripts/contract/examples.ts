/** A request that was sent, and the answer to it. `record-examples.ts` writes them to docs/examples.json. */
export type Example = {
  readonly request: {
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Parsed JSON, or text. */
  readonly body?: unknown;
};
/** By operation. */
export type Examples = Readonly<Record<string, readonly Example[]>>;
