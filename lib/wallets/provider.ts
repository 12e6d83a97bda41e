import type { ProviderId } from './ids.ts';

/** A receiver of payments. It never changes once it is stored. */
export type Provider = { readonly id: ProviderId; readonly name: string; readonly createdAt: string };
