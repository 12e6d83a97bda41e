import type { CloudEvent, EventData } from './contract.ts';
import { parseJson } from './exact-json.ts';

export type WebhookEventType = keyof EventData;
/**
 * An event of the service: a union that `type` discriminates. A newer service may send types that this version does not name: have a
 * default branch.
 */
export type WebhookEvent<Type extends WebhookEventType = WebhookEventType> = {
  [Each in Type]: Omit<CloudEvent, 'type' | 'data'> & { readonly type: Each; readonly data: EventData[Each] };
}[Type];

/** The service did not send this request to this endpoint. Answer with 400 and ignore it. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

/** `Headers`, or an object such as `request.headers` of Node or `event.headers` of Lambda. Names may be in any case. */
export type WebhookHeaders = Headers | { readonly [name: string]: string | readonly string[] | undefined };

type UnwrapOptions = {
  /** Epoch milliseconds; the current time by default. */
  readonly now?: number;
};

/** A message whose timestamp is further from now is refused, so that a recorded one cannot be sent again later. */
const TOLERANCE_SECONDS = 300;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/**
 * Verifies a webhook (Standard Webhooks 1.0.0) and returns its event.
 * @param body as it was received: not parsed, nor written again
 * @param secret `whsec_...` of the endpoint; several while it is rotated
 * @throws WebhookVerificationError; TypeError if the body was parsed, or a secret is none
 */
export async function unwrap(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  { now = Date.now() }: UnwrapOptions = {},
): Promise<WebhookEvent> {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw new TypeError('Give the body as it was received, a string or bytes, and not what a parser made of it.');
  }
  const keys = [secret].flat().map(keyOf);
  if (keys.length === 0) throw new TypeError('There is no secret.');
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    required(headers, name),
  ) as [string, string, string];
  refuseTime(timestamp, now);
  const signed = concat(new TextEncoder().encode(`${id}.${timestamp}.`), body);
  if (!(await isSigned(keys, signature, signed))) {
    throw new WebhookVerificationError(
      'No signature fits: the body was changed, or the secret belongs to another endpoint.',
    );
  }
  return eventIn(body);
}

function required(headers: WebhookHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : only(entryOf(headers, name));
  if (value) return value;
  throw new WebhookVerificationError(`The request has no header ${name}.`);
}

const entryOf = (headers: Exclude<WebhookHeaders, Headers>, name: string) =>
  headers[name] ?? Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
const only = (value: string | readonly string[] | undefined) =>
  typeof value === 'string' ? value : value?.length === 1 ? value[0] : undefined;

function refuseTime(timestamp: string, now: number): void {
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError('The header webhook-timestamp is not a time in seconds.');
  }
  const age = Math.round(now / 1_000 - Number(timestamp));
  if (Math.abs(age) <= TOLERANCE_SECONDS) return;
  const problem = age > 0 ? `was signed ${age} s ago` : `is signed for a time in ${-age} s`;
  throw new WebhookVerificationError(`The message ${problem}. Compare the clock of this machine.`);
}

/** One of the signatures is by one of the keys. `verify` compares in constant time. */
async function isSigned(keys: readonly Bytes[], signature: string, signed: Bytes): Promise<boolean> {
  const given = signature.split(' ').flatMap((each) => (each.startsWith('v1,') ? [bytesOf(each.slice(3))] : []));
  for (const key of keys) {
    const imported = await crypto.subtle.importKey('raw', key, HMAC, false, ['verify']);
    for (const each of given) {
      if (each && (await crypto.subtle.verify(HMAC, imported, each, signed))) return true;
    }
  }
  return false;
}

type Bytes = Uint8Array<ArrayBuffer>;

function keyOf(secret: unknown): Bytes {
  const key = typeof secret === 'string' && secret.startsWith('whsec_') ? bytesOf(secret.slice(6)) : undefined;
  if (key && key.length > 0) return key;
  throw new TypeError('A secret begins with whsec_, followed by base64: see the answer that made the endpoint.');
}

/** @returns undefined if it is not base64 */
function bytesOf(base64: string): Bytes | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function concat(head: Uint8Array, body: string | Uint8Array): Bytes {
  const tail = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const both = new Uint8Array(head.length + tail.length);
  both.set(head);
  both.set(tail, head.length);
  return both;
}

function eventIn(body: string | Uint8Array): WebhookEvent {
  const event = parsed(typeof body === 'string' ? body : new TextDecoder().decode(body));
  if (typeof event === 'object' && event !== null && 'type' in event && 'data' in event) return event as WebhookEvent;
  throw new WebhookVerificationError('The body is signed, but it is not an event.');
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
