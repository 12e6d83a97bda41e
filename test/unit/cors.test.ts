import { createRequire } from 'node:module';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { http } from '../../lib/edge/http.ts';
import { AppError } from '../../lib/kernel/errors.ts';

const ORIGIN = 'https://console.example';
const require = createRequire(import.meta.url);
/** What a file of resources/ makes with this setting. */
const resources = (file: string, origin: string) =>
  require(`../../resources/${file}`)({
    resolveVariable: async (name: string) => (name.includes('CORS') ? origin : {}),
  });

type Functions = Record<string, { events: { http: { cors?: unknown } }[] }>;
type Responses = { Resources: Record<string, { Properties: { ResponseParameters?: Record<string, string> } }> };

afterEach(() => {
  delete process.env.CORS_ORIGIN;
});

describe('without CORS_ORIGIN', () => {
  it('no path has an OPTIONS method, and no answer names an origin', async () => {
    const functions: Functions = await resources('http-functions.cjs', '');
    expect(Object.values(functions).flatMap(({ events }) => events.filter((event) => event.http.cors))).toEqual([]);
    const answer = await http({ scope: 'public' }, async () => ({ status: 200, body: {} }))(
      {} as APIGatewayProxyEvent,
      {} as Context,
    );
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('with CORS_ORIGIN', () => {
  it('every path answers preflight requests of that origin', async () => {
    const functions: Functions = await resources('http-functions.cjs', ORIGIN);
    const events = Object.values(functions).flatMap((each) => each.events);
    expect(events.length).toBeGreaterThan(50);
    for (const event of events) {
      expect(event.http.cors).toEqual({
        origin: ORIGIN,
        headers: expect.arrayContaining(['x-api-key', 'if-none-match']),
      });
    }
  });

  it('answers, errors and those of the gateway name the origin', async () => {
    process.env.CORS_ORIGIN = ORIGIN;
    const failing = http({ scope: 'public' }, async () => {
      throw new AppError('NOT_FOUND');
    });
    const working = http({ scope: 'public' }, async () => ({ status: 200, body: {} }));
    for (const handler of [working, failing]) {
      const { headers } = await handler({} as APIGatewayProxyEvent, {} as Context);
      expect(headers).toMatchObject({
        'access-control-allow-origin': ORIGIN,
        'access-control-expose-headers': expect.stringContaining('Retry-After'),
      });
    }
    const { Resources }: Responses = await resources('api.cjs', ORIGIN);
    for (const { Properties } of Object.values(Resources)) {
      expect(Properties.ResponseParameters).toMatchObject({
        'gatewayresponse.header.Access-Control-Allow-Origin': `'${ORIGIN}'`,
      });
    }
  });
});

describe('uploads from the console', () => {
  const made = (file: string, consoleUploads: string) =>
    require(`../../resources/${file}`)({
      resolveVariable: async (name: string) => (name === 'param:consoleUploads' ? consoleUploads : name),
    });

  it('are off with one parameter: the page calls its own origin only, and the bucket takes nothing from pages', async () => {
    expect(JSON.stringify(await made('console.cjs', 'off'))).toContain("connect-src 'self'; base-uri");
    expect(await made('files-bucket-cors.cjs', 'off')).toEqual({ Ref: 'AWS::NoValue' });
  });

  it('come from the origins of the parameter, otherwise', async () => {
    const { CorsRules } = await made('files-bucket-cors.cjs', 'https://a.example https://b.example');
    expect(CorsRules).toEqual([
      {
        AllowedHeaders: ['content-type'],
        AllowedMethods: ['PUT'],
        AllowedOrigins: ['https://a.example', 'https://b.example'],
        MaxAge: 3_600,
      },
    ]);
  });
});
