/**
 * Imports point one way: functions -> edge, container -> use cases -> domain -> kernel. The core knows no AWS, no
 * middleware, no environment and no clock; adapters are built in one place.
 */
const ADAPTERS = '^lib/(aws/|[^/]+/(dynamo[^/]*|http|queue|items|sns|states|formats)\\.ts$)';
const CORE = '^lib/(?!edge/|aws/|container\\.ts|dependencies\\.ts|config\\.ts|runtime\\.ts)';
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    forbid('no-circles', 'A circle has no direction.', {}, { circular: true }),
    {
      ...forbid(
        'no-folder-circles',
        'Two folders of lib that import each other are one folder with two names.',
        { path: '^lib/[^/]+$' },
        { path: '^lib/', circular: true },
      ),
      scope: 'folder',
    },
    forbid(
      'only-public-files',
      'Of another domain only its index.ts is imported and, by adapters, its items.ts: items written in one transaction.',
      { path: '^lib/([^/]+)/' },
      { path: '^lib/(?!kernel/|aws/)[^/]+/', pathNot: ['^lib/$1/', '^lib/[^/]+/(index|items)\\.ts$'] },
    ),
    forbid(
      'kernel-stands-alone',
      'The kernel is used by all and uses none.',
      { path: '^lib/kernel/' },
      { path: '^lib/(?!kernel/)' },
    ),
    forbid(
      'core-knows-no-aws',
      'Domain and use cases speak through ports.',
      { path: CORE, pathNot: ADAPTERS },
      { path: [ADAPTERS, '(^|node_modules/)(@aws-sdk|@aws-lambda-powertools|@middy|undici|cockatiel)(/|$)'] },
    ),
    forbid(
      'core-does-no-io',
      'Of Node itself the core uses only hashes; the rest of the world comes in through ports.',
      { path: CORE, pathNot: ADAPTERS },
      { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    ),
    forbid(
      'core-knows-no-outside',
      'Neither the edge, nor the container, the configuration or the machine.',
      { path: '^lib/(?!container\\.ts|dependencies\\.ts|edge/)' },
      { path: '^lib/(edge/|container\\.ts|dependencies\\.ts|config\\.ts|runtime\\.ts)' },
    ),
    forbid(
      'only-the-edge-wraps',
      'middy and powertools live in lib/edge.',
      { path: '^(lib|functions)/', pathNot: '^lib/edge/' },
      { path: '(^|node_modules/)(@middy|@aws-lambda-powertools)(/|$)' },
    ),
    forbid(
      'edge-knows-no-domain',
      'The edge serves every domain alike.',
      { path: '^lib/edge/' },
      { path: '^lib/(?!edge/|kernel/|config\\.ts|runtime\\.ts)' },
    ),
    forbid(
      'only-the-container-constructs',
      'Adapters are constructed in lib/container.ts and lib/dependencies.ts.',
      { path: '^functions/' },
      {
        path: '^lib/(dependencies\\.ts|aws/|[^/]+/(dynamo[^/]*|http|sns|states|formats)\\.ts$)',
        pathNot: '^lib/edge/',
      },
    ),
    forbid(
      'functions-only-translate',
      'A handler is a schema, a use-case call and an export: zod is all it needs from outside, Node included.',
      { path: '^functions/' },
      { dependencyTypesNot: ['local'], pathNot: '(^|node_modules/)zod(/|$)' },
    ),
    forbid(
      'the-product-knows-no-emulator',
      'What stands in for AWS is not part of what is deployed.',
      { path: '^(lib|functions)/' },
      { path: '^(localstack|test|scripts)/' },
    ),
    forbid(
      'migrations-stand-alone',
      'What a migration does must not change when the code does.',
      { path: '^migrations/' },
      { path: '^(lib/(?!aws/)|functions/|localstack/|migrations/)' },
    ),
    forbid(
      'no-test-code',
      'Nothing imports a test.',
      { path: '^(lib|functions|localstack|scripts|migrations)/' },
      { path: '^test/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] },
  },
};
