import type { KeyScope } from '../../../client/index.ts';
import { LABORATORY } from '../laboratory.ts';

/** The screens of the navigation, and the scope without which a screen is not offered. The laboratory asks for no key. */
export const SCREENS = [
  { to: '/now', label: 'Now', scope: 'payouts:read' },
  { to: '/batches', label: 'Batches', scope: 'payouts:read' },
  { to: '/batches/new', label: 'New batch', scope: 'payouts:write' },
  { to: '/unknown', label: 'Unknown', scope: 'payouts:read' },
  { to: '/approvals', label: 'Approvals', scope: 'payouts:approve' },
  { to: '/settlement', label: 'Settlement', scope: 'settlement:read' },
  { to: '/withdrawals', label: 'Withdrawals', scope: 'withdrawals:read' },
  { to: '/wallets', label: 'Wallets', scope: 'wallets:read' },
  { to: '/orders', label: 'Orders', scope: 'orders:read' },
  { to: '/webhooks', label: 'Webhooks', scope: 'webhooks:read' },
  { to: '/audit', label: 'Audit log', scope: 'operations' },
  { to: '/keys', label: 'Keys', scope: 'admin' },
  ...(LABORATORY ? ([{ to: '/laboratory', label: 'Laboratory', scope: undefined }] as const) : []),
] as const satisfies readonly { to: string; label: string; scope: KeyScope | undefined }[];
