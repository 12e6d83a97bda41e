/** Requests and answers that the service really returned, by operation. `record-examples.ts` writes them. */
export type Example = {
  readonly request?: { readonly path?: string; readonly body?: unknown };
  readonly status: number;
  readonly body?: unknown;
};
export type Examples = Readonly<Record<string, readonly Example[]>>;
