import type { WebhookEndpoint } from '../../../../client/index.ts';

export const URL_FIELD = {
  name: 'url',
  label: 'URL',
  description: 'https, port 443 or 8443, of a public address',
  type: 'url',
} as const;

export const EVENTS_FIELD = {
  name: 'events',
  label: 'Events',
  description: 'Such as payout.failed or payout.*, separated by spaces; * is all of them',
  initial: '*',
} as const;

export const eventTypesIn = (text: string): string[] => text.split(/[\s,]+/).filter((each) => each !== '');

/** `failing`: it is called, and every call fails. */
export function stateOf({ enabled, failing_since }: WebhookEndpoint): 'enabled' | 'disabled' | 'failing' {
  if (!enabled) return 'disabled';
  return failing_since === null ? 'enabled' : 'failing';
}
