/**
 * `npm start` builds the functions without serverless-esbuild (localstack/embedded/offline/bundle.ts), whose import takes a
 * quarter of a second.
 */
const bundler = process.argv.includes('offline') ? [] : ['serverless-esbuild'];

module.exports = () => [
  ...bundler,
  'serverless-step-functions',
  './localstack/embedded/plugin.ts', // must precede serverless-offline; emulates SQS and stream triggers, rules and gateway responses
  'serverless-offline',
];
