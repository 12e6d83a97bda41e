/** Lambda's Invoke API, on top of the Lambda port of serverless-offline. */

import { buffer } from 'node:stream/consumers';
import { Pool } from 'undici';
import { answer, type Handler } from './endpoint.ts';

/** The invoked function threw. Retry and Catch of a state machine match `name`. */
export class FunctionError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Invokes a function and returns its result. @throws FunctionError if the function throws. */
export type Invoke = (functionName: string, payload: unknown) => Promise<unknown>;

export interface LambdaClient {
  invoke: Invoke;
  /** Closes the connections. Functions in progress continue, but their results are lost. */
  stop(): Promise<void>;
}

/** The function name from a name or an ARN, without a qualifier. */
export function functionName(nameOrArn: string): string {
  const parts = nameOrArn.split(':');
  return parts[0] === 'arn' ? (parts[6] ?? nameOrArn) : (parts[0] ?? nameOrArn);
}

/**
 * Invokes through the Lambda port of serverless-offline.
 *
 * That server answers every failure with errorType "Error", so the name of the error is taken from the stack trace. An error
 * class that a state machine matches must therefore define `name` on its prototype; an assignment after `super()` is too late.
 */
export function lambdaClient(origin: string): LambdaClient {
  const pool = new Pool(origin, { connections: 64, headersTimeout: 0, bodyTimeout: 0 });
  const invoke: Invoke = async (nameOrArn, payload) => {
    const path = `/2015-03-31/functions/${encodeURIComponent(functionName(nameOrArn))}/invocations`;
    const request = { path, method: 'POST' as const, body: JSON.stringify(payload) };
    const { statusCode, headers, body } = await pool.request(request).catch((error: Error) => {
      throw new FunctionError('Lambda.ServiceException', `the Lambda port cannot be reached: ${error.message}`);
    });
    const text = await body.text();
    const result: unknown = text === '' ? null : JSON.parse(text);
    if (statusCode === 404) throw new FunctionError('Lambda.ResourceNotFoundException', text);
    if (headers['x-amz-function-error'] !== undefined || statusCode >= 400) throw failureOf(result);
    return result;
  };
  return { invoke, stop: () => pool.destroy() };
}

function failureOf(result: unknown): FunctionError {
  const {
    errorMessage = JSON.stringify(result),
    errorType = 'Error',
    trace,
  } = result as {
    errorMessage?: string;
    errorType?: string;
    trace?: string[];
  };
  const thrownName = trace?.[0]?.match(/^([A-Za-z_$][\w.$]*)(:|$)/)?.[1];
  return new FunctionError(thrownName ?? errorType, errorMessage);
}

/** Serves the Invoke operation with all three types: RequestResponse, Event and DryRun. */
export function lambdaApi(invoke: Invoke, log: (line: string) => void): Handler {
  return async (request, response) => {
    const name = request.url?.match(/\/functions\/([^/]+)\/(invocations|invoke-async)/)?.[1];
    if (name === undefined) return answer(response, 501, { message: 'Only Invoke is available here.' });
    const payload = await buffer(request);
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type === 'DryRun') return void response.writeHead(204).end();
    const running = invoke(decodeURIComponent(name), payload.length === 0 ? {} : JSON.parse(payload.toString()));
    if (type === 'Event') {
      running.catch((error: Error) => log(`${name}: ${error.name}: ${error.message}`));
      return void response.writeHead(202).end();
    }
    try {
      answer(response, 200, await running);
    } catch (error) {
      const { name: errorType, message } = error as Error;
      if (errorType === 'Lambda.ResourceNotFoundException') return answer(response, 404, { message });
      if (errorType === 'Lambda.ServiceException') return answer(response, 503, { message });
      response.setHeader('x-amz-function-error', 'Unhandled');
      answer(response, 200, { errorType, errorMessage: message });
    }
  };
}
