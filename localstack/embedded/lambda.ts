/** Lambda's Invoke API, on top of the smaller one serverless-offline offers. */

import { buffer } from 'node:stream/consumers';
import { Pool } from 'undici';
import { answer, type Handler } from './endpoint.ts';

/** A function that was invoked and threw. `name` is what a state machine's Retry and Catch match against. */
export class FunctionError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Runs a function to its end and returns what it returned. @throws FunctionError when it throws. */
export type Invoke = (functionName: string, payload: unknown) => Promise<unknown>;

export interface LambdaClient {
  invoke: Invoke;
  /** Gives up on invocations under way: they run on, and nobody hears how they end. */
  stop(): Promise<void>;
}

/** The name in a function's ARN (any qualifier dropped), or the name itself. */
export function functionName(nameOrArn: string): string {
  const parts = nameOrArn.split(':');
  return parts[0] === 'arn' ? (parts[6] ?? nameOrArn) : (parts[0] ?? nameOrArn);
}

/**
 * Invokes through serverless-offline's Lambda port.
 *
 * That server answers every failed invocation with errorType "Error"; the thrown error's own name is the first word of
 * the stack trace, so errors that a state machine must tell apart have to set their name before their stack is taken
 * (a `name` on the prototype does, an assignment after `super()` does not).
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

/** The Invoke operation itself: by name or ARN, waiting (RequestResponse), not waiting (Event) or not running (DryRun). */
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
