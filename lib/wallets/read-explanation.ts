import type { Explanation } from '../kernel/explanation.ts';
import type { Timeline } from '../kernel/timeline.ts';
import { type PastDeps, readPast } from '../webhooks/index.ts';
import { explainPayment } from './explain-payment.ts';
import type { WalletDeps } from './ports.ts';
import { readPayment } from './read-payment.ts';
import { paymentTimeline } from './timeline.ts';

/** @throws AppError NOT_FOUND */
export async function readPaymentExplanation(deps: WalletDeps, text: string): Promise<Explanation> {
  return explainPayment(await readPayment(deps, text), deps.now());
}

/** @throws AppError NOT_FOUND */
export async function readPaymentTimeline(deps: WalletDeps, past: PastDeps, text: string): Promise<Timeline> {
  const payment = await readPayment(deps, text);
  return paymentTimeline(payment, await readPast(past, payment));
}
