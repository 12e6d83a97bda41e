/**
 * `npm start` builds the functions without serverless-esbuild (localstack/embedded/offline/bundle.ts), whose import takes a
 * quarter of a second.
 */
const offline = process.argv.includes('offline');
const bundler = process.env.SLUICE_ARTIFACTS ? './resources/artifacts.cjs' : 'serverless-esbuild';

module.exports = () => [
  ...(offline ? [] : [bundler, './scripts/explicit-stage.ts', './scripts/stacks/plugin.ts']),
  'serverless-step-functions',
  './localstack/embedded/plugin.ts', // must precede serverless-offline; emulates SQS and stream triggers, rules and gateway responses
  'serverless-offline',
];
