/**
 * Imports have one direction: functions -> edge, container -> use cases -> domain -> kernel. The core imports no AWS SDK, no
 * middleware, no configuration and no clock. Adapters are constructed in one place.
 */
const ADAPTERS = '^lib/(aws/|[^/]+/(dynamo[^/]*|http[^/]*|queue|items|sns|states|formats|kms|local-key)\\.ts$)';
const CORE = '^lib/(?!edge/|aws/|container\\.ts|dependencies/|config\\.ts|runtime\\.ts)';
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    forbid('no-circles', 'Files do not import each other in a cycle.', {}, { circular: true }),
    {
      ...forbid(
        'no-folder-circles',
        'Folders of lib do not import each other in a cycle.',
        { path: '^lib/[^/]+$' },
        { path: '^lib/', circular: true },
      ),
      scope: 'folder',
    },
    forbid(
      'only-public-files',
      'A domain imports only index.ts of another domain. Adapters also import its items.ts, for transactions across domains.',
      { path: '^lib/(?!dependencies/)([^/]+)/' },
      { path: '^lib/(?!kernel/|aws/)[^/]+/', pathNot: ['^lib/$1/', '^lib/[^/]+/(index|items)\\.ts$'] },
    ),
    forbid(
      'kernel-imports-no-sibling',
      'The kernel imports nothing else from lib.',
      { path: '^lib/kernel/' },
      { path: '^lib/(?!kernel/)' },
    ),
    forbid(
      'core-knows-no-aws',
      'Domains and use cases access AWS and the rails through ports only.',
      { path: CORE, pathNot: ADAPTERS },
      { path: [ADAPTERS, '(^|node_modules/)(@aws-sdk|@aws-lambda-powertools|@middy|undici|cockatiel)(/|$)'] },
    ),
    forbid(
      'core-does-no-io',
      'The core uses only node:crypto. All other input and output goes through ports.',
      { path: CORE, pathNot: ADAPTERS },
      { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    ),
    forbid(
      'core-knows-no-outside',
      'Domains import neither the edge, the container, the configuration nor the runtime.',
      { path: '^lib/(?!container\\.ts|dependencies/|edge/)' },
      { path: '^lib/(edge/|container\\.ts|dependencies/|config\\.ts|runtime\\.ts)' },
    ),
    forbid(
      'only-the-edge-wraps',
      'Only lib/edge imports middy and powertools.',
      { path: '^(lib|functions)/', pathNot: '^lib/edge/' },
      { path: '(^|node_modules/)(@middy|@aws-lambda-powertools)(/|$)' },
    ),
    forbid(
      'edge-knows-no-domain',
      'The edge does not depend on a domain.',
      { path: '^lib/edge/' },
      { path: '^lib/(?!edge/|kernel/|config\\.ts|runtime\\.ts)' },
    ),
    forbid(
      'only-the-container-constructs',
      'Adapters are constructed in lib/dependencies.',
      { path: '^functions/' },
      {
        path: '^lib/(dependencies/|aws/|[^/]+/(dynamo[^/]*|http[^/]*|sns|states|formats|kms|local-key)\\.ts$)',
        pathNot: '^lib/(edge/|dependencies/authentication\\.ts$)',
      },
    ),
    forbid(
      'authorizer-loads-little',
      'Each request waits for the authorizer, also for its start: it does not load the container.',
      { path: '^functions/access/authorize\\.ts$' },
      { path: '^lib/(container\\.ts|payouts/)', reachable: true },
    ),
    forbid(
      'functions-only-translate',
      'A handler is a schema, a use-case call and an export. It imports no package but zod, and nothing of Node.',
      { path: '^functions/' },
      { dependencyTypesNot: ['local'], pathNot: '(^|node_modules/)zod(/|$)' },
    ),
    forbid(
      'product-imports-no-emulator',
      'Deployed code does not import the emulator, tests, scripts or its own client.',
      { path: '^(lib|functions)/' },
      { path: '^(localstack|test|scripts|cli|client|console)/' },
    ),
    forbid(
      'client-stands-alone',
      'The client imports nothing but its own files: it is a package without dependencies, also for browsers.',
      { path: '^client/' },
      { pathNot: '^client/' },
    ),
    forbid(
      'only-the-public-client',
      'The client is imported through its index.ts.',
      { pathNot: '^client/' },
      { path: '^client/(?!index\\.ts$)' },
    ),
    forbid(
      'migrations-import-no-domain',
      'Migrations do not import code that may change later.',
      { path: '^migrations/' },
      { path: '^(lib/(?!aws/|crypto/)|functions/|localstack/|migrations/)' },
    ),
    forbid(
      'no-test-code',
      'Code does not import tests.',
      { path: '^(lib|functions|client|cli|localstack|scripts|migrations)/' },
      { path: '^test/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^client/dist/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] },
  },
};
