import { buffer } from 'node:stream/consumers';
import { type Client, ConnectError, createClient } from '@connectrpc/connect';
import { createAsyncIterable, type UniversalClientFn } from '@connectrpc/connect/protocol';
import { createTransport } from '@connectrpc/connect/protocol-connect';
import { createNodeHttpClient } from '@connectrpc/connect-node';
import {
  ErrorInfoSchema,
  WithdrawalProcessorService,
  WithdrawalService,
} from '../../gen/withdrawal/v1/withdrawal_pb.js';
import { expectDeclared } from './contract.ts';
import type { Service } from './service.ts';

/** The generated clients, as any user of the proto file has them. */
export type Rpc = {
  readonly withdrawals: Client<typeof WithdrawalService>;
  readonly processor: Client<typeof WithdrawalProcessorService>;
};

const MAX_BYTES = 2 ** 30;
const send = createNodeHttpClient({ httpVersion: '1.1' });

/** Checks each answer against docs/openapi.json. */
const httpClient: UniversalClientFn = async (request) => {
  const answer = await send(request);
  const bytes = await buffer(answer.body);
  const { pathname: path } = new URL(request.url);
  expectDeclared({ method: request.method, path, status: answer.status, headers: answer.header, text: `${bytes}` });
  return { ...answer, body: createAsyncIterable([bytes]) };
};

export function rpcClient({ endpoints }: Service, format: 'JSON' | 'binary', apiKey = endpoints.apiKey): Rpc {
  const transport = createTransport({
    httpClient,
    baseUrl: endpoints.api,
    useBinaryFormat: format === 'binary',
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 0,
    readMaxBytes: MAX_BYTES,
    writeMaxBytes: MAX_BYTES,
    interceptors: [
      (next) => (request) => {
        request.header.set('X-API-Key', apiKey);
        return next(request);
      },
    ],
  });
  return {
    withdrawals: createClient(WithdrawalService, transport),
    processor: createClient(WithdrawalProcessorService, transport),
  };
}

/** The registry's code of the error that a call ends with, and the fields that it names. */
export async function errorOf(call: Promise<unknown>): Promise<{ code: string; fields: string[] }> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error),
  );
  const [info] = thrown?.findDetails(ErrorInfoSchema) ?? [];
  if (!info) throw new Error(`expected an error with its details, found ${thrown}`);
  return { code: info.code, fields: info.details.map(({ path }) => path) };
}
