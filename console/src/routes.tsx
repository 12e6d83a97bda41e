import { Button, Code, Text } from '@mantine/core';
import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  Link,
  lazyRouteComponent,
  type RouteComponent,
  redirect,
} from '@tanstack/react-router';
import { Page } from './parts/page.tsx';
import { Shell } from './parts/shell.tsx';

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => (
    <Page title="There is no such screen">
      <Link to="/batches">Batches</Link>
    </Page>
  ),
});

/** A fault of the console, or code of a screen that cannot be loaded. The other screens still work. */
const Failed = ({ error }: ErrorComponentProps) => (
  <Page title="This screen has failed">
    <Text>
      Load the page again: a newer version of the service may have been deployed. If that does not help, report it with
      this message: <Code>{String(error)}</Code>
    </Text>
    <Button variant="default" w="fit-content" onClick={() => location.reload()}>
      Load the page again
    </Button>
  </Page>
);

/** Filters and pages are in the URL, as text. */
const searchOf =
  <const Name extends string>(...names: readonly Name[]) =>
  (given: Record<string, unknown>): { [Each in Name]?: string } =>
    Object.fromEntries(
      names.flatMap((name) => (given[name] === undefined || given[name] === '' ? [] : [[name, String(given[name])]])),
    ) as { [Each in Name]?: string };

/** A screen at a path, with the names of its filters. Its code is loaded when it is first visited. */
const screen = <const Path extends string, const Filter extends string = never>(
  path: Path,
  component: RouteComponent,
  ...filters: readonly Filter[]
) => createRoute({ getParentRoute: () => root, path, component, validateSearch: searchOf(...filters) });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/now', replace: true });
  },
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    screen(
      '/now',
      lazyRouteComponent(() => import('./screens/now.tsx'), 'Now'),
    ),
    screen(
      '/batches',
      lazyRouteComponent(() => import('./screens/batches.tsx'), 'Batches'),
      'status',
      'cursor',
    ),
    screen(
      '/batches/new',
      lazyRouteComponent(() => import('./screens/new-batch.tsx'), 'NewBatch'),
    ),
    screen(
      '/batches/$batchId',
      lazyRouteComponent(() => import('./screens/batch.tsx'), 'BatchScreen'),
      ...(['status', 'page', 'code', 'chunk'] as const),
    ),
    screen(
      '/uploads/$uploadId',
      lazyRouteComponent(() => import('./screens/upload.tsx'), 'UploadScreen'),
    ),
    screen(
      '/payouts/$payoutId',
      lazyRouteComponent(() => import('./screens/payout.tsx'), 'PayoutScreen'),
    ),
    screen(
      '/unknown',
      lazyRouteComponent(() => import('./screens/unknown.tsx'), 'Unknown'),
      'currency',
    ),
    screen(
      '/approvals',
      lazyRouteComponent(() => import('./screens/approvals.tsx'), 'Approvals'),
      'status',
      'cursor',
    ),
    screen(
      '/approvals/$approvalId',
      lazyRouteComponent(() => import('./screens/approval.tsx'), 'ApprovalScreen'),
    ),
    screen(
      '/settlement',
      lazyRouteComponent(() => import('./screens/settlement.tsx'), 'Settlement'),
      'cursor',
    ),
    screen(
      '/settlement/days',
      lazyRouteComponent(() => import('./screens/settlement-days.tsx'), 'SettlementDays'),
      ...(['merchant', 'from', 'to', 'cursor'] as const),
    ),
    screen(
      '/settlement/$jobId',
      lazyRouteComponent(() => import('./screens/settlement-job.tsx'), 'SettlementJob'),
      'cursor',
    ),
    screen(
      '/imports/$importId',
      lazyRouteComponent(() => import('./screens/import.tsx'), 'ImportScreen'),
    ),
    screen(
      '/withdrawals',
      lazyRouteComponent(() => import('./screens/withdrawals.tsx'), 'Withdrawals'),
      ...(['part', 'user', 'status', 'cursor'] as const),
    ),
    screen(
      '/withdrawals/$withdrawalId',
      lazyRouteComponent(() => import('./screens/withdrawal.tsx'), 'WithdrawalScreen'),
    ),
    screen(
      '/payments/$paymentId',
      lazyRouteComponent(() => import('./screens/payment.tsx'), 'PaymentScreen'),
    ),
    screen(
      '/wallets',
      lazyRouteComponent(() => import('./screens/wallets.tsx'), 'Wallets'),
    ),
    screen(
      '/wallets/$userId',
      lazyRouteComponent(() => import('./screens/wallet.tsx'), 'WalletScreen'),
      ...(['type', 'from', 'to', 'as_of', 'cursor'] as const),
    ),
    screen(
      '/orders',
      lazyRouteComponent(() => import('./screens/orders.tsx'), 'Orders'),
    ),
    screen(
      '/orders/$orderId',
      lazyRouteComponent(() => import('./screens/order.tsx'), 'OrderScreen'),
    ),
    screen(
      '/products/$productId',
      lazyRouteComponent(() => import('./screens/product.tsx'), 'ProductScreen'),
    ),
    screen(
      '/notifications',
      lazyRouteComponent(() => import('./screens/notifications.tsx'), 'Notifications'),
      'status',
      'cursor',
    ),
    screen(
      '/webhooks',
      lazyRouteComponent(() => import('./screens/webhooks.tsx'), 'Webhooks'),
      'status',
    ),
    screen(
      '/webhooks/$endpointId',
      lazyRouteComponent(() => import('./screens/webhook.tsx'), 'WebhookScreen'),
      ...(['status', 'cursor'] as const),
    ),
    screen(
      '/deliveries/$deliveryId',
      lazyRouteComponent(() => import('./screens/delivery.tsx'), 'DeliveryScreen'),
    ),
    screen(
      '/audit',
      lazyRouteComponent(() => import('./screens/audit.tsx'), 'Audit'),
      'subject',
      'from',
      'to',
      'cursor',
    ),
    screen(
      '/keys',
      lazyRouteComponent(() => import('./screens/keys.tsx'), 'Keys'),
      'cursor',
    ),
    screen(
      '/keys/rules',
      lazyRouteComponent(() => import('./screens/rules.tsx'), 'Rules'),
    ),
    screen(
      '/laboratory',
      lazyRouteComponent(() => import('./screens/laboratory.tsx'), 'Laboratory'),
    ),
  ]),
  basepath: '/console',
  defaultErrorComponent: Failed,
  defaultPreload: 'intent',
  scrollRestoration: true,
  // Ids may look like numbers, so nothing is parsed.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined);
    return given.length > 0 ? `?${new URLSearchParams(given as [string, string][])}` : '';
  },
});

/** A keyboard or a screen reader continues at the title of the new screen. */
router.subscribe('onRendered', ({ pathChanged, fromLocation }) => {
  if (pathChanged && fromLocation) document.querySelector('h1')?.focus({ preventScroll: true });
});

/** Loads the code of all screens while the browser has nothing to do, so that the first visit of one does not wait for it. */
function loadScreens(): void {
  for (const route of Object.values(router.routesById)) router.loadRouteChunk(route)?.catch(() => {});
}

/** Safari has no `requestIdleCallback`. */
const whenIdle = (act: () => void) =>
  'requestIdleCallback' in globalThis ? requestIdleCallback(act) : setTimeout(act);

const stopWaiting = router.subscribe('onRendered', () => {
  stopWaiting();
  whenIdle(loadScreens);
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
