/** CORS of S3 buckets, which fauxqs does not have. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BucketRules, element, elements, escaped, parseUrl, xml } from './bucket-rules.ts';
import type { Handler } from './endpoint.ts';

/** Which pages may send which requests to a bucket. An origin or a header may have one `*`. */
type CorsRule = { origins: string[]; methods: string[]; headers: string[]; maxAge: string | undefined };

export interface CorsOptions {
  /** Where the configurations are stored. */
  dataDir: string;
  /** Answers all other requests. */
  s3: Handler;
}

/** Wraps S3: serves `?cors` and preflight requests itself, and tells browsers which pages may read the other answers. */
export function openCors({ dataDir, s3 }: CorsOptions): Handler {
  const buckets = new BucketRules<CorsRule>(join(dataDir, 'cors.json'));
  return (request, response) => {
    const { bucket, key, query } = parseUrl(request.url);
    if (key === '' && query.has('cors')) return serveConfiguration(buckets, bucket, request, response);
    const { origin } = request.headers;
    if (origin === undefined) return s3(request, response);
    const isPreflight = request.method === 'OPTIONS';
    const asked = askedBy(request, isPreflight);
    const rule = buckets.of(bucket).find((each) => permits(each, origin, asked));
    if (rule) allow(response, rule, origin, asked);
    if (!isPreflight) return s3(request, response);
    if (rule) response.writeHead(200, { 'content-length': 0 }).end();
    else xml(response, 403, '<Error><Code>AccessForbidden</Code><Message>No CORS rule allows it.</Message></Error>');
  };
}

async function serveConfiguration(
  buckets: BucketRules<CorsRule>,
  bucket: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const rules = buckets.of(bucket);
  if (request.method === 'GET' && rules.length === 0) {
    return xml(response, 404, '<Error><Code>NoSuchCORSConfiguration</Code><Message>There is none.</Message></Error>');
  }
  if (request.method === 'PUT') buckets.save(bucket, rulesOf(await text(request)));
  if (request.method === 'DELETE') buckets.save(bucket, []);
  xml(response, request.method === 'DELETE' ? 204 : 200, request.method === 'GET' ? xmlOf(rules) : '');
}

const rulesOf = (body: string): CorsRule[] =>
  elements(body, 'CORSRule').map((rule) => ({
    origins: elements(rule, 'AllowedOrigin'),
    methods: elements(rule, 'AllowedMethod'),
    headers: elements(rule, 'AllowedHeader'),
    maxAge: elements(rule, 'MaxAgeSeconds')[0],
  }));

const xmlOf = (rules: readonly CorsRule[]): string =>
  element(
    'CORSConfiguration',
    rules
      .map(({ origins, methods, headers, maxAge }) => {
        const all = (name: string, values: readonly string[]) =>
          values.map((value) => element(name, escaped(value))).join('');
        return element(
          'CORSRule',
          all('AllowedOrigin', origins) +
            all('AllowedMethod', methods) +
            all('AllowedHeader', headers) +
            all('MaxAgeSeconds', maxAge === undefined ? [] : [maxAge]),
        );
      })
      .join(''),
  );

type Asked = { method: string; headers: string[] };

function askedBy({ method = 'GET', headers }: IncomingMessage, isPreflight: boolean): Asked {
  if (!isPreflight) return { method, headers: [] };
  const names = `${headers['access-control-request-headers'] ?? ''}`
    .split(',')
    .map((name) => name.trim().toLowerCase());
  return {
    method: `${headers['access-control-request-method'] ?? ''}`,
    headers: names.filter((name) => name !== ''),
  };
}

const permits = ({ origins, methods, headers }: CorsRule, origin: string, asked: Asked): boolean =>
  origins.some((pattern) => isLike(pattern, origin)) &&
  methods.includes(asked.method) &&
  asked.headers.every((name) => headers.some((pattern) => isLike(pattern.toLowerCase(), name)));

function isLike(pattern: string, value: string): boolean {
  const [start = '', end] = pattern.split('*');
  if (end === undefined) return pattern === value;
  return value.length >= start.length + end.length && value.startsWith(start) && value.endsWith(end);
}

function allow(response: ServerResponse, { methods, maxAge }: CorsRule, origin: string, { headers }: Asked): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-methods', methods.join(', '));
  if (headers.length > 0) response.setHeader('access-control-allow-headers', headers.join(', '));
  if (maxAge !== undefined) response.setHeader('access-control-max-age', maxAge);
  response.setHeader('vary', 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method');
}
