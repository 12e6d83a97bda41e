import type { KeyScope } from '../../../client/index.ts';
import { LABORATORY } from '../laboratory.ts';

/**
 * The screens of the navigation, and the scope without which a screen is not offered. The laboratory asks for no key. `with`: where
 * else one is marked as the present one.
 */
export const SCREENS = [
  { to: '/now', with: ['/notifications'], label: 'Now', scope: 'payouts:read' },
  { to: '/batches', with: ['/payouts', '/uploads'], label: 'Batches', scope: 'payouts:read' },
  { to: '/batches/new', label: 'New batch', scope: 'payouts:write' },
  { to: '/unknown', label: 'Unknown', scope: 'payouts:read' },
  { to: '/approvals', label: 'Approvals', scope: 'payouts:approve' },
  { to: '/settlement', with: ['/imports'], label: 'Settlement', scope: 'settlement:read' },
  { to: '/withdrawals', label: 'Withdrawals', scope: 'withdrawals:read' },
  { to: '/wallets', with: ['/payments'], label: 'Wallets', scope: 'wallets:read' },
  { to: '/orders', with: ['/products'], label: 'Orders', scope: 'orders:read' },
  { to: '/webhooks', with: ['/deliveries'], label: 'Webhooks', scope: 'webhooks:read' },
  { to: '/audit', label: 'Audit log', scope: 'operations' },
  { to: '/keys', label: 'Keys', scope: 'admin' },
  ...(LABORATORY ? ([{ to: '/laboratory', label: 'Laboratory', scope: undefined }] as const) : []),
] as const satisfies readonly { to: string; with?: readonly string[]; label: string; scope: KeyScope | undefined }[];
