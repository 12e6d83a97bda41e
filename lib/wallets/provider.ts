import type { ProviderId } from './ids.ts';

/** Whom wallets pay. Reference data: once stored it does not change. */
export type Provider = { readonly id: ProviderId; readonly name: string; readonly createdAt: string };
