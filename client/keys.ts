import type {
  Approval,
  Key,
  KeyChangeRequest,
  KeyRequest,
  KeyRotateRequest,
  KeyWithSecret,
  KeyWithUse,
  OwnKey,
  Session,
} from './contract.ts';
import type { Pages } from './pages.ts';
import type { AnswerBody, CallOptions, Query, Transport } from './transport.ts';

const named = (id: string) => ({ params: { key_id: id } });

/** API keys: who may do what. Only `self` and `rotateSelf` work without the scope `admin`. */
export class Keys {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The key of this client. */
  self(options?: CallOptions): Promise<OwnKey> {
    return this.#transport.call('getOwnKey', {}, options);
  }

  /** `secret` is only in the first answer: it is undefined if the answer to the first attempt was lost. Then rotate the key. */
  create(body: KeyRequest, options?: CallOptions): Promise<KeyWithSecret> {
    return this.#transport.call('createKey', { body }, options);
  }

  get(id: string, options?: CallOptions): Promise<KeyWithUse> {
    return this.#transport.call('getKey', named(id), options);
  }

  /** Newest first. */
  list(query: Query<'listKeys'> = {}, options?: CallOptions): Pages<KeyWithUse, AnswerBody<'listKeys'>> {
    return this.#transport.list('listKeys', { query }, 'keys', options);
  }

  /**
   * Replaces name, scopes, limits and expiry. What is absent is not limited, and does not expire. The answer is an approval if
   * another person has to approve the change.
   */
  change(id: string, body: KeyChangeRequest, options?: CallOptions): Promise<Key | Approval> {
    return this.#transport.call('changeKey', { ...named(id), body }, options);
  }

  /** A new secret; the old ones are valid until the overlap ends. `secret` as with `create`. */
  rotate(id: string, body: KeyRotateRequest = {}, options?: CallOptions): Promise<KeyWithSecret> {
    return this.#transport.call('rotateKey', { ...named(id), body }, options);
  }

  rotateSelf(body: KeyRotateRequest = {}, options?: CallOptions): Promise<KeyWithSecret> {
    return this.#transport.call('rotateOwnKey', { body }, options);
  }

  /** Signs a browser in: the answer sets the cookie of the session, which replaces the key below the same origin. */
  openSession(options?: CallOptions): Promise<Session> {
    return this.#transport.call('openSession', {}, options);
  }

  /** Whose key the session is of, and when it ends. */
  session(options?: CallOptions): Promise<Session> {
    return this.#transport.call('getSession', {}, options);
  }

  async closeSession(options?: CallOptions): Promise<void> {
    await this.#transport.call('closeSession', {}, options);
  }

  /** It is refused everywhere within 60 s. */
  revoke(id: string, options?: CallOptions): Promise<Key> {
    return this.#transport.call('revokeKey', named(id), options);
  }
}
