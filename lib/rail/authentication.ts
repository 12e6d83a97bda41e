import type { Log } from '../kernel/log.ts';
import { type Credentials, credentialsOf, InvalidSecret } from './credentials.ts';
import { type RailRequest, signatureHeaders } from './sign-request.ts';

/** A changed secret is used after this time at the latest. */
export const SECRET_CACHED_MS = 60_000;
/** The shortest time between two reads of a secret, also while a rail refuses it or it cannot be read. */
export const SECRET_REREAD_MS = 5_000;

/**
 * Connections that were idle for longer are not used again. While Lambda freezes a container, the rail may close them, and a send
 * over a dead one has an unknown outcome. Timers may be late after a freeze.
 */
export const IDLE_MS = 4_000;

export type SecretSource = {
  /** For messages. */
  readonly name: string;
  /** Takes a few seconds at most. */
  readonly read: () => Promise<string>;
};

export type AuthenticationDeps = {
  /** For the log. */
  readonly rail: string;
  /** Undefined: the rail asks for no credentials. */
  readonly secret: SecretSource | undefined;
  readonly now: () => number;
  readonly log: Log;
};

/** The credentials for a rail, and the connections that use them. If a new secret cannot be read or is invalid, the last one stays. */
export class Authentication<Connections extends { close(): Promise<void> }> {
  readonly #deps: AuthenticationDeps;
  readonly #connect: (tls: Credentials['tls']) => Connections;
  #connections: Connections;
  #credentials: Credentials | undefined;
  #text: string | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #freshUntil = Number.NEGATIVE_INFINITY;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #usedAt: number;

  constructor(deps: AuthenticationDeps, connect: (tls: Credentials['tls']) => Connections) {
    this.#deps = deps;
    this.#connect = connect;
    this.#connections = connect(undefined);
    this.#usedAt = deps.now();
    if (!deps.secret) this.#credentials = {};
  }

  /** Reads the secret if it is time to. @returns whether the rail can be called; if not, the log says why */
  async isReady(): Promise<boolean> {
    const { secret, now } = this.#deps;
    if (secret && now() >= this.#freshUntil) {
      this.#reading ??= this.#read(secret).finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
    return this.#credentials !== undefined;
  }

  /** They have the certificate of the current secret. Use them at once: they take no more calls when the secret changes. */
  get connections(): Connections {
    const now = this.#deps.now();
    if (now - this.#usedAt > IDLE_MS) this.#reconnect();
    this.#usedAt = now;
    return this.#connections;
  }

  /** Made for a request that goes out now: a signature has a time. */
  headers(request: RailRequest): Record<string, string> {
    const { hmac, bearer, basic, header } = this.#credentials ?? {};
    return {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(basic ? { authorization: `Basic ${encoded(`${basic.username}:${basic.password}`)}` } : {}),
      ...(header ? { [header.name.toLowerCase()]: header.value } : {}),
      ...(hmac ? signatureHeaders(hmac, request, this.#deps.now()) : {}),
    };
  }

  /** The rail answered 401 or 403: the secret may have changed, so the next call reads it again. */
  onRefused(status: number): void {
    const { now, rail, secret, log } = this.#deps;
    if (now() >= this.#readAt + SECRET_REREAD_MS) this.#freshUntil = Number.NEGATIVE_INFINITY;
    if (now() < this.#loggedAt + SECRET_REREAD_MS) return;
    this.#loggedAt = now();
    const fields = { code: 'RAIL_CREDENTIALS_REFUSED', rail, secret: secret?.name ?? 'none', status };
    log.error('the rail refuses our credentials', fields);
  }

  async #read(secret: SecretSource): Promise<void> {
    const { now, rail, log } = this.#deps;
    this.#readAt = now();
    try {
      const text = await secret.read();
      if (text !== this.#text) this.#replace(text, credentialsOf(secret.name, text));
      this.#freshUntil = this.#readAt + SECRET_CACHED_MS;
    } catch (error) {
      this.#freshUntil = now() + SECRET_REREAD_MS;
      const code = error instanceof InvalidSecret ? 'RAIL_SECRET_INVALID' : 'RAIL_SECRET_UNREADABLE';
      const fields = { code, rail, secret: secret.name, error: error as Error };
      log.error('the secret of the rail cannot be used', fields);
    }
  }

  #replace(text: string, credentials: Credentials): void {
    const isFirst = this.#text === undefined;
    this.#credentials = credentials;
    this.#text = text;
    this.#reconnect();
    if (!isFirst) this.#deps.log.info('the secret of the rail has changed', { rail: this.#deps.rail });
  }

  /** Calls under way end on the connections that they have. */
  #reconnect(): void {
    const old = this.#connections;
    this.#connections = this.#connect(this.#credentials?.tls);
    old.close().catch(() => undefined);
  }
}

const encoded = (text: string) => Buffer.from(text).toString('base64');
