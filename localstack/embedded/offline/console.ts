/**
 * The console on a laptop: its files at /console/, and before every request the code that CloudFront runs on AWS
 * (console/edge.js).
 */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join, sep } from 'node:path';
import { runInNewContext } from 'node:vm';
import { BUILT, cacheControlOf, PAGE, typeOf } from '../../../scripts/console/files.ts';
import type { Resolver, Template } from '../provision/template.ts';
import { FROM_EDGE, type HapiServer } from './gateway.ts';

const CONSOLE = join(import.meta.dirname, '../../../console');
const NOT_BUILT = 'The console is not built. Run: npm run build:console\n';

type Values = Record<string, { value: string }>;
/** CloudFront's shapes: event structure of CloudFront Functions. */
type EdgeRequest = { method: string; uri: string; querystring: object; headers: Values; cookies: Values };
type EdgeResponse = { statusCode: number; headers: Values; body?: string };

/** @param uploads what the page may send files to, see {@link uploadsOf} */
export function serveConsole(server: HapiServer, uploads: string | undefined): void {
  const code = readFileSync(join(CONSOLE, 'edge.js'), 'utf8');
  const edge = runInNewContext(`${code}; handler`) as (event: { request: EdgeRequest }) => EdgeRequest | EdgeResponse;
  const headers = Object.entries(headersOf([process.env.SLUICE_LAB_URL, uploads]));

  server.ext('onRequest', (request, h) => {
    const { method, headers: sent, raw } = request;
    const [uri = '/'] = (raw.req.url ?? '/').split('?'); // hapi's own path lacks the slash at the end
    const result = edge({ request: { method: method.toUpperCase(), uri, querystring: {}, ...parts(sent) } });
    if ('statusCode' in result) {
      const answer = h
        .response(result.body ?? '')
        .code(result.statusCode)
        .header('x-cache', FROM_EDGE);
      for (const [name, { value }] of Object.entries(result.headers)) answer.header(name, value);
      return answer.takeover();
    }
    if (result.uri !== uri) request.setUrl(result.uri);
    const key = result.headers['x-api-key'];
    if (key && !sent['x-api-key']) addHeader(raw.req, 'x-api-key', key.value);
    return h.continue;
  });

  server.route({
    method: 'GET',
    path: '/console/{file*}',
    handler: async ({ params }, h) => {
      const file = params.file ?? '';
      const built = await readBuilt(file);
      const content = built && file === PAGE ? withLaboratory(built, process.env.SLUICE_LAB_URL) : built;
      const answer = h.response(content ?? (file === PAGE ? NOT_BUILT : '')).code(content ? 200 : 404);
      answer.header('content-type', content ? typeOf(file) : 'text/plain');
      answer.header('cache-control', content ? cacheControlOf(file) : 'no-cache');
      for (const [name, value] of headers) answer.header(name, value);
      return answer;
    },
  });
}

/** @param others beside its own origin, what the page may call: the laboratory, on a laptop only, and the bucket of uploads */
function headersOf(others: readonly (string | undefined)[]): Record<string, string> {
  const headers = JSON.parse(readFileSync(join(CONSOLE, 'headers.json'), 'utf8')) as Record<string, string>;
  const { 'content-security-policy': policy = '' } = headers;
  const sources = ['$&', ...others.filter((other) => other)].join(' ');
  return { ...headers, 'content-security-policy': policy.replace("connect-src 'self'", sources) };
}

/** The console reads it in console/src/laboratory.ts. */
const withLaboratory = (page: Buffer, laboratory: string | undefined) =>
  laboratory ? page.toString().replace('</head>', `<meta name="sluice-laboratory" content="${laboratory}" />$&`) : page;

/** Where links for uploads lead, as a source of the security policy. Undefined: the bucket takes no files of pages. */
export function uploadsOf({ Resources }: Template, resolver: Resolver, endpoint: string): string | undefined {
  if (resolver.resolve(Resources.FilesBucket?.Properties?.CorsConfiguration) === undefined) return undefined;
  return `${endpoint}/${resolver.resolve({ Ref: 'FilesBucket' })}/imports/`;
}

/** Undefined for what is not in the folder of the build: a path may contain encoded slashes. */
async function readBuilt(file: string): Promise<Buffer | undefined> {
  const path = join(BUILT, file);
  return path.startsWith(`${BUILT}${sep}`) ? await readFile(path).catch(() => undefined) : undefined;
}

function parts(sent: Readonly<Record<string, string | undefined>>): Pick<EdgeRequest, 'headers' | 'cookies'> {
  const { cookie = '', ...rest } = sent;
  const pairs = cookie.split(/; */).flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 ? [[pair.slice(0, at), { value: pair.slice(at + 1) }] as const] : [];
  });
  const headers = Object.entries(rest).map(([name, value = '']) => [name, { value }] as const);
  return { headers: Object.fromEntries(headers), cookies: Object.fromEntries(pairs) };
}

/** serverless-offline reads `rawHeaders`. */
function addHeader(request: IncomingMessage, name: string, value: string): void {
  request.headers[name] = value;
  request.rawHeaders.push(name, value);
}
