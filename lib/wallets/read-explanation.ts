import type { Explanation } from '../kernel/explanation.ts';
import { explainPayment } from './explain-payment.ts';
import type { WalletDeps } from './ports.ts';
import { readPayment } from './read-payment.ts';

/** @throws AppError NOT_FOUND */
export async function readPaymentExplanation(deps: WalletDeps, text: string): Promise<Explanation> {
  return explainPayment(await readPayment(deps, text), deps.now());
}
