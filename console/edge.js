/**
 * The edge in front of console and API, which have one origin. On AWS it is a CloudFront function (runtime 2.0, event type
 * viewer request); the gateway of `npm start` runs the same code (localstack/embedded/offline/console.ts).
 *
 * It writes the cookie of the session to the header that the authorizer reads. The API itself never reads cookies.
 */
const COOKIE = 'sluice_session'; // lib/access/session.ts
const HEADER = 'x-sluice-console';

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it
function handler(event) {
  const { request } = event;
  if (request.uri === '/' || request.uri === '/console') return redirect('/console/');
  if (request.uri.startsWith('/console/')) return page(request);
  const { headers, cookies } = request;
  const session = cookies[COOKIE];
  delete cookies[COOKIE];
  if (!session || headers['x-api-key']) return request;
  // SameSite=Strict keeps the cookie from other sites. This keeps it from other origins of the same site, too.
  if (request.method !== 'GET' && request.method !== 'HEAD' && !isFromConsole(headers)) {
    return refused(
      'A request with the cookie of a session needs the origin of the console and the header X-Sluice-Console.',
    );
  }
  headers['x-api-key'] = { value: session.value };
  return request;
}

/** Every path but those of files is a screen: ids in it may have dots. */
function page(request) {
  if (!request.uri.startsWith('/console/assets/')) request.uri = '/console/index.html';
  return request;
}

function isFromConsole({ origin, host, [HEADER]: mark }) {
  return Boolean(mark && origin && host) && origin.value.replace(/^https?:\/\//, '') === host.value;
}

const redirect = (to) => ({ statusCode: 302, statusDescription: 'Found', headers: { location: { value: to } } });

/** In the error shape of the API. */
function refused(message) {
  const error = { code: 'FORBIDDEN', message, details: [], request_id: null };
  return {
    statusCode: 403,
    statusDescription: 'Forbidden',
    headers: { 'content-type': { value: 'application/json' } },
    body: JSON.stringify({ error }),
  };
}
