/**
 * The functions that serve HTTP. They and their events follow from docs/openapi.json, and that from the route tables in
 * functions/<domain>/. The route tables of functions/payouts/read.ts are served by the function payoutsRead.
 */
const { paths } = require('../docs/openapi.json');
const { greedy } = require('../functions/greedy-paths.cjs');

const nameOf = (file) => file.replace(/\/(.)/g, (_, letter) => letter.toUpperCase());
const roleOf = (name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}Role`;

/** Whether a parameter of the path may contain a slash: its pattern excludes characters instead of naming them. */
const isFreeText = ({ in: place, schema }) =>
  place === 'path' && !schema.enum && (schema.pattern ?? '[^').includes('[^');

const routes = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method,
    path,
    file: operation['x-function'],
    isPublic: operation['x-scope'] === 'public',
    hasFreeText: (operation.parameters ?? []).some(isFreeText),
  })),
);

/** The event of a route. `cors` adds an OPTIONS method to each path. */
const eventOf = ({ method, path, isPublic }, { authorizer, cors }) => ({
  http: { method, path, ...(isPublic ? {} : { authorizer }), ...(cors ? { cors } : {}) },
});

/** Swagger UI's files and the document, which /docs and /openapi.json serve. */
const DOCS = [
  'docs/openapi.json',
  'node_modules/swagger-ui-dist/swagger-ui.css',
  'node_modules/swagger-ui-dist/swagger-ui-bundle.js',
];

/** Of requests from another origin. */
const REQUEST_HEADERS = ['content-type', 'x-api-key', 'x-request-id', 'idempotency-key', 'if-none-match'];

module.exports = async ({ resolveVariable }) => {
  const authorizer = await resolveVariable('file(resources/authorizer.yml)');
  const origin = await resolveVariable("env:CORS_ORIGIN, ''");
  const cors = origin && { origin, headers: REQUEST_HEADERS };
  const byFile = Map.groupBy(greedy(routes), ({ file }) => file);
  return Object.fromEntries(
    [...byFile].map(([file, entries]) => {
      const name = nameOf(file);
      return [
        name,
        {
          handler: `functions/${file}.handler`,
          role: roleOf(name),
          timeout: 28, // API Gateway times out after 29 s
          memorySize: 1024,
          ...(file === 'system/read' ? { package: { patterns: DOCS } } : {}),
          events: entries.map((entry) => eventOf(entry, { authorizer, cors })),
        },
      ];
    }),
  );
};
