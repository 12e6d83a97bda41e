/** One call of an endpoint. */
export type Call = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** How a call ended. Only an answer with a complete head has a status. */
export type Outcome = {
  readonly durationMs: number;
  readonly status?: number;
  /** The first 16 KB of the answer's body, as text. For the owner of the endpoint: it is never logged. */
  readonly answer?: string;
  /** From the header Retry-After, in milliseconds from now: from 0 to 7 days. */
  readonly retryAfterMs?: number;
  /** Why the call is no success, in plain English for the owner of the endpoint. Absent if the status is 2xx. */
  readonly error?: string;
};

export interface EndpointClient {
  /** Sends it as a POST. Never throws, and ends within 15 s. */
  post(call: Call): Promise<Outcome>;
  /** Ends all connections. Calls under way end with an error. */
  close(): Promise<void>;
}
