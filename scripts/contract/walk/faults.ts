import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { type Operation, routes } from '../../../functions/routes.ts';
import { LOCAL_KEY_ID } from '../../../lib/access/key.ts';
import { configSchema } from '../../../lib/config.ts';
import { containerOf, inContainer, type World } from '../../../lib/container.ts';
import { gateway } from '../../../lib/dependencies/rails.ts';
import { KEY_SCOPES, type Principal } from '../../../lib/kernel/principal.ts';
import { machine } from '../../../lib/runtime.ts';
import { awsOf } from '../../aws.ts';
import type { Asked, Recorder } from '../recorder.ts';

/** Errors that requests cannot provoke: the handlers run in this process, and in each case something fails. */
export async function walkFaults(recorder: Recorder): Promise<void> {
  const running = awsOf(recorder.endpoints);
  const stopped = { ...running, endpoint: 'http://127.0.0.1:1' };
  const product = { params: { product_id: 'tour-shirt-m' } };
  await fail(recorder, 'getProduct', product, { aws: stopped });
  await fail(recorder, 'getProduct', product, { aws: running, tables: 'missing' });
  const payment = {
    params: { user_id: 'ana' },
    headers: { 'Idempotency-Key': 'bill-2026-12' },
    body: { provider_id: 'pln', external_reference: 'meter-530041122233', amount: 350_000, currency: 'IDR' },
  };
  await fail(recorder, 'createPayment', payment, { aws: running, tables: 'sluice-local', leftMs: 100 });
}

/** `tables`: the beginning of their names. `leftMs`: until Lambda ends the invocation. */
type Fault = { readonly aws: object; readonly tables?: string; readonly leftMs?: number };

/** What the authorizer adds to a request. */
const PRINCIPAL: Principal = {
  keyId: LOCAL_KEY_ID,
  name: 'examples',
  person: 'local',
  scopes: KEY_SCOPES,
  limits: {},
};

async function fail(recorder: Recorder, operation: Operation, asked: Asked, fault: Fault): Promise<void> {
  const { handler, path, method } = routes[operation];
  const event = {
    httpMethod: method,
    resource: path,
    pathParameters: asked.params ?? null,
    queryStringParameters: null,
    headers: asked.headers ?? {},
    body: asked.body === undefined ? null : JSON.stringify(asked.body),
    requestContext: { authorizer: { principal: JSON.stringify(PRINCIPAL) } },
  };
  const context = { awsRequestId: crypto.randomUUID(), getRemainingTimeInMillis: () => fault.leftMs ?? 28_000 };
  const { statusCode, headers, body } = await inContainer(containerWith(fault), () =>
    handler(event as unknown as APIGatewayProxyEvent, context as Context),
  );
  const shown = new Headers(headers as Record<string, string>);
  recorder.keep(operation, asked, { status: statusCode, headers: shown, text: body, json: JSON.parse(body) });
}

function containerWith({ aws, tables = 'any' }: Fault) {
  const named = Object.keys(configSchema.shape).map((name) => {
    const [domain, kind] = name.toLowerCase().split(/_(?=[a-z]+$)/);
    return [name, kind === 'table' ? `${tables}-${domain}` : kind === 'url' ? 'http://127.0.0.1:1' : 'none'] as const;
  });
  const required = named.filter(([name]) => /_(TABLE|QUEUE|BUCKET|MACHINE|TOPIC|URL|KEY)$/.test(name));
  const settings = configSchema.parse({
    ...Object.fromEntries(required),
    STAGE: 'local',
    KEY_ENCRYPTION_KEY: 'alias/none',
  });
  const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(aws));
  const world = { settings: () => settings, dynamo: () => dynamo, gateway: () => gateway(settings) };
  return containerOf(world as unknown as World, machine);
}
