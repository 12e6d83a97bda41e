/**
 * The functions that serve HTTP. They and their events follow from docs/openapi.json, and that from the route tables in
 * functions/<domain>/. The route tables of functions/payouts/read.ts are served by the function payoutsRead.
 */
const { paths } = require('../docs/openapi.json');

const nameOf = (file) => file.replace(/\/(.)/g, (_, letter) => letter.toUpperCase());
const roleOf = (name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}Role`;

/** Every route as [file of its function, event]. `cors` adds an OPTIONS method to each path. */
function routes({ authorizer, cors }) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [
      operation['x-function'],
      {
        http: {
          method,
          path,
          ...(operation['x-scope'] === 'public' ? {} : { authorizer }),
          ...(cors ? { cors } : {}),
        },
      },
    ]),
  );
}

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
  const byFile = Map.groupBy(routes({ authorizer, cors }), ([file]) => file);
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
          events: entries.map(([, event]) => event),
        },
      ];
    }),
  );
};
