import { type Client, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import {
  ErrorInfoSchema,
  WithdrawalProcessorService,
  WithdrawalService,
} from '../../gen/withdrawal/v1/withdrawal_pb.js';
import type { Service } from './service.ts';

/** The generated clients, as any user of the proto file has them. */
export type Rpc = {
  readonly withdrawals: Client<typeof WithdrawalService>;
  readonly processor: Client<typeof WithdrawalProcessorService>;
};

export function rpcClient({ endpoints }: Service, format: 'JSON' | 'binary', apiKey = endpoints.apiKey): Rpc {
  const transport = createConnectTransport({
    baseUrl: endpoints.api,
    httpVersion: '1.1',
    useBinaryFormat: format === 'binary',
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
