import { Agent, createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request of a function to AWS, and the status of its answer. */
export type AwsCall = {
  /** The name of the function; empty for the user of a presigned link. */
  readonly caller: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly status: number;
};

/**
 * For NODE_OPTIONS of the functions: the SDK puts the name of its function into the header User-Agent, as `app/<name>`.
 */
export const NAME_THE_CALLER = `--import=data:text/javascript,process.env.AWS_SDK_UA_APP_ID=process.env.AWS_LAMBDA_FUNCTION_NAME`;

/** Powertools adds its version to the name. */
const CALLER = / app\/(\S+?)(?:-PT-\S*)?(?: |$)/;

export type RecordingProxy = {
  readonly endpoint: string;
  /** Where the requests go. */
  target: URL | undefined;
  readonly stop: () => void;
};

/** Passes requests on unchanged, and reports each of them. Signatures stay valid: they are for the host of the proxy. */
export async function startRecordingProxy(record: (call: AwsCall) => void): Promise<RecordingProxy> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const { hostname = '', port = '' } = proxy.target ?? {};
    const body = await buffer(incoming);
    const passed = send({ agent, hostname, port, method, path: url, headers }, (answer) => {
      const status = answer.statusCode ?? 502;
      const [, caller = ''] = CALLER.exec(headers['user-agent'] ?? '') ?? [];
      record({ caller, method, path: url, headers, body: body.toString('utf8'), status });
      outgoing.writeHead(status, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy()).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: RecordingProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: undefined,
    stop: () => {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
  return proxy;
}
