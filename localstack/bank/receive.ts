import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { sendText, withholdAnswer } from './answer.ts';
import { drawMiningPlan } from './chain.ts';
import { type DrawnOutcome, drawOutcome } from './draw-outcome.ts';
import { type Arrival, type Instruction, type Kind, type Ledger, outcomeNow } from './ledger.ts';
import { REFUSALS } from './refusals.ts';
import { parseJson, parseOrRefuse } from './request.ts';
import { drawReturn, type PlannedReturn } from './returns.ts';
import type { Settings, SettingsStore } from './settings.ts';

const name = z.string().min(1).max(200);

const instructionSchema = z.object({
  reference: name,
  instruction: name,
  amount_minor: z.string().regex(/^(?=.*[1-9])\d{1,78}$/, 'must be a string of 1-78 digits, not zero'),
  currency: z.string().regex(/^[A-Z0-9_-]{3,20}$/, 'must be a currency or asset code'),
  destination: z.record(z.string(), z.unknown()),
});

/**
 * Receives one payment instruction. Its outcome is drawn once, from the settings at arrival, and recorded before any
 * latency begins. It takes effect even if the client disconnects.
 */
export async function receive(
  { ledger, settings }: { readonly ledger: Ledger; readonly settings: SettingsStore },
  kind: Kind,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const instruction = parseInstruction(kind, parseJson(body));
  const { current } = settings;
  const { reference } = instruction;
  const drawn = drawOutcome(current, reference);
  if (drawn === 'lost') return withholdAnswer(response);

  const { latencyMs } = drawn;
  const plan = drawMiningPlan(current, reference);
  const arrival = await ledger.record(instruction, drawn.refusal, {
    isImmediate: latencyMs === 0,
    rejectDuplicates: current.duplicates === 'reject',
    plan,
    givesBack: returnOf(kind, current, reference, latencyMs),
  });
  const isDuplicate = arrival.refusal === 'DUPLICATE_REFERENCE';
  if (latencyMs > 0 && !isDuplicate) {
    await sleep(latencyMs);
    if (!(await ledger.applyOutcome(arrival.id))) return void response.destroy();
  }
  const answer = isDuplicate ? 'contract' : drawn.answer;
  if (answer === 'none') return withholdAnswer(response);
  const outcome = outcomeNow(instruction, arrival, plan);
  const { status, contentType, text } = format(answer, statusOf(arrival), { reference, ...outcome });
  sendText(response, status, contentType, text);
}

/** Counted from the moment at which the money moves. Only transfers are given back. */
export function returnOf(
  kind: Kind,
  settings: Settings,
  reference: string,
  latencyMs: number,
): Omit<PlannedReturn, 'amountMinor'> | undefined {
  const drawn = kind === 'transfers' ? drawReturn(settings, reference) : undefined;
  return drawn && { ...drawn, delayMs: latencyMs + drawn.delayMs };
}

function parseInstruction(kind: Kind, body: unknown): Instruction {
  const { reference, instruction, amount_minor, currency } = parseOrRefuse(instructionSchema, body);
  return { kind, reference, instruction, amountMinor: amount_minor, currency };
}

type FormattedAnswer = { readonly status: number; readonly contentType: string; readonly text: string };

function format(answer: Exclude<DrawnOutcome['answer'], 'none'>, status: number, outcome: object): FormattedAnswer {
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
