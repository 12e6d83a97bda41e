import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { logger } from '../../lib/edge/log.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import { NO_CIRCUIT } from '../../lib/rail/circuit.ts';
import { HttpRail, type HttpRailOptions } from '../../lib/rail/http.ts';
import type { RailInstruction } from '../../lib/rail/port.ts';

/** Long enough for every answer that arrives, and short enough to wait for a missing one. */
const PATIENT_MS = 10_000;
export const IMPATIENT_MS = 150;
/** The permission to send. */
export const yes = async () => true;

/** A client of a rail; by default of a bank without credentials. */
export function httpRail(url: string, options: Partial<HttpRailOptions> = {}): HttpRail {
  return new HttpRail({
    url,
    resource: 'transfers',
    deadlineMs: PATIENT_MS,
    maxInFlight: 10,
    circuit: NO_CIRCUIT,
    authentication: { rail: 'bank', secret: undefined, now: Date.now, log: logger },
    ...options,
  });
}

export function instruction(reference: string): RailInstruction {
  return {
    reference,
    instruction: reference.replace(/\.\d+$/, ''),
    money: { minor: 150_050n, currency: 'IDR' as Currency },
    destination: { bank_account: '0012345678', bank_name: 'BCA' },
  };
}

/** A rail that answers every request as the test specifies. */
export async function givenARail(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const answering = (status: number, body: unknown) => (_request: IncomingMessage, response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
