import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { keepSilent, sendText } from './answer.ts';
import { drawFate, firstConfirmations } from './chain.ts';
import { type Arrival, type Instruction, type Kind, type Ledger, onChain, outcomeOf } from './ledger.ts';
import { REFUSALS } from './refusals.ts';
import { parseOrRefuse, readJson } from './request.ts';
import type { SettingsStore } from './settings.ts';
import { drawVerdict, type Verdict } from './verdict.ts';

const name = z.string().min(1).max(200);

const instructionSchema = z.object({
  reference: name,
  instruction: name,
  amount_minor: z.string().regex(/^(?=.*[1-9])\d{1,78}$/, 'must be a string of 1-78 digits, not zero'),
  currency: z.string().regex(/^[A-Z0-9_-]{3,20}$/, 'must be a currency or asset code'),
  destination: z.record(z.string(), z.unknown()),
});

/**
 * Takes one instruction to pay. Its fate is drawn once, by the settings at the moment it arrives, and is on record
 * before any latency begins; whether the sender is still there to hear the answer changes nothing.
 */
export async function receive(
  { ledger, settings }: { readonly ledger: Ledger; readonly settings: SettingsStore },
  kind: Kind,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const instruction = parseInstruction(kind, await readJson(request));
  const { current } = settings;
  const verdict = drawVerdict(current, instruction.reference);
  if (verdict === 'lost') return keepSilent(response);

  const { latencyMs } = verdict;
  const fate = drawFate(current, instruction.reference);
  const arrival = await ledger.record(instruction, verdict.refusal, {
    settled: latencyMs === 0,
    rejectDuplicates: current.duplicates === 'reject',
    fate,
  });
  const isDuplicate = arrival.refusal === 'DUPLICATE_REFERENCE';
  if (latencyMs > 0 && !isDuplicate) {
    await sleep(latencyMs);
    if (!(await ledger.settle(arrival.id))) return void response.destroy();
  }
  const answer = isDuplicate ? 'contract' : verdict.answer;
  if (answer === 'silence') return keepSilent(response);
  const { reference } = instruction;
  const outcome = kind === 'broadcasts' ? onChain(arrival, reference, firstConfirmations(fate)) : outcomeOf(arrival);
  const { status, contentType, text } = write(answer, statusOf(arrival), { reference, ...outcome });
  sendText(response, status, contentType, text);
}

function parseInstruction(kind: Kind, body: unknown): Instruction {
  const { reference, instruction, amount_minor, currency } = parseOrRefuse(instructionSchema, body);
  return { kind, reference, instruction, amountMinor: amount_minor, currency };
}

type Written = { readonly status: number; readonly contentType: string; readonly text: string };

function write(answer: Exclude<Verdict['answer'], 'silence'>, status: number, outcome: object): Written {
  const contract = JSON.stringify(outcome);
  switch (answer) {
    case 'contract':
      return { status, contentType: 'application/json', text: contract };
    case 'server error':
      return { status: 500, contentType: 'text/plain', text: 'upstream connect error or disconnect before headers' };
    case 'truncated JSON':
      return { status: 200, contentType: 'application/json', text: contract.slice(0, -9) };
    case 'HTML page':
      return {
        status: 200,
        contentType: 'text/html',
        text: '<html><body><h1>Scheduled maintenance</h1></body></html>',
      };
  }
}

function statusOf({ refusal }: Arrival): number {
  return refusal ? REFUSALS[refusal].status : 201;
}
