import { createRootRoute, createRoute, createRouter, Link, lazyRouteComponent, redirect } from '@tanstack/react-router';
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

/** Filters and pages are in the URL, as text. */
const searchOf =
  <const Name extends string>(...names: readonly Name[]) =>
  (given: Record<string, unknown>): { [Each in Name]?: string } =>
    Object.fromEntries(
      names.flatMap((name) => (given[name] === undefined || given[name] === '' ? [] : [[name, String(given[name])]])),
    ) as { [Each in Name]?: string };

const at = () => root;

const home = createRoute({
  getParentRoute: at,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/now', replace: true });
  },
});
const now = createRoute({
  getParentRoute: at,
  path: '/now',
  component: lazyRouteComponent(() => import('./screens/now.tsx'), 'Now'),
});
const batches = createRoute({
  getParentRoute: at,
  path: '/batches',
  validateSearch: searchOf('cursor'),
  component: lazyRouteComponent(() => import('./screens/batches.tsx'), 'Batches'),
});
const newBatch = createRoute({
  getParentRoute: at,
  path: '/batches/new',
  component: lazyRouteComponent(() => import('./screens/new-batch.tsx'), 'NewBatch'),
});
const batch = createRoute({
  getParentRoute: at,
  path: '/batches/$batchId',
  validateSearch: searchOf('status', 'page', 'code', 'chunk'),
  component: lazyRouteComponent(() => import('./screens/batch.tsx'), 'BatchScreen'),
});
const payout = createRoute({
  getParentRoute: at,
  path: '/payouts/$payoutId',
  component: lazyRouteComponent(() => import('./screens/payout.tsx'), 'PayoutScreen'),
});
const unknown = createRoute({
  getParentRoute: at,
  path: '/unknown',
  validateSearch: searchOf('currency'),
  component: lazyRouteComponent(() => import('./screens/unknown.tsx'), 'Unknown'),
});

const approvals = createRoute({
  getParentRoute: at,
  path: '/approvals',
  validateSearch: searchOf('status', 'cursor'),
  component: lazyRouteComponent(() => import('./screens/approvals.tsx'), 'Approvals'),
});
const approval = createRoute({
  getParentRoute: at,
  path: '/approvals/$approvalId',
  component: lazyRouteComponent(() => import('./screens/approval.tsx'), 'ApprovalScreen'),
});

const webhooks = createRoute({
  getParentRoute: at,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('./screens/webhooks.tsx'), 'Webhooks'),
});
const webhook = createRoute({
  getParentRoute: at,
  path: '/webhooks/$endpointId',
  validateSearch: searchOf('status', 'cursor'),
  component: lazyRouteComponent(() => import('./screens/webhook.tsx'), 'WebhookScreen'),
});
const delivery = createRoute({
  getParentRoute: at,
  path: '/deliveries/$deliveryId',
  component: lazyRouteComponent(() => import('./screens/delivery.tsx'), 'DeliveryScreen'),
});

const audit = createRoute({
  getParentRoute: at,
  path: '/audit',
  validateSearch: searchOf('subject', 'from', 'to', 'cursor'),
  component: lazyRouteComponent(() => import('./screens/audit.tsx'), 'Audit'),
});
const keys = createRoute({
  getParentRoute: at,
  path: '/keys',
  validateSearch: searchOf('cursor'),
  component: lazyRouteComponent(() => import('./screens/keys.tsx'), 'Keys'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    now,
    batches,
    newBatch,
    batch,
    payout,
    unknown,
    approvals,
    approval,
    webhooks,
    webhook,
    delivery,
    audit,
    keys,
  ]),
  basepath: '/console',
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

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
