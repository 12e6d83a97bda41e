import pMap from 'p-map';
import { resolvePayment } from './conclude-payment.ts';
import type { PaymentId } from './ids.ts';
import { logFieldsOf } from './payment.ts';
import type { WalletDeps } from './ports.ts';
import { existingPayment } from './read-payment.ts';

const AT_ONCE = 10;

/** `left`: what the gateway does not answer for yet, or what there was no time for; the next sweep comes to it. */
export type Swept = {
  readonly overdue: number;
  readonly resolved: number;
  readonly left: number;
  readonly failed: number;
};

/**
 * Resolves the payments whose request ended, or died, without learning their outcome. What fails for one does not keep
 * the others from being resolved.
 * @param deadline epoch milliseconds after which no further payment is begun
 */
export async function sweepPayments(deps: WalletDeps, deadline: number): Promise<Swept> {
  const overdue = await deps.payments.listOverdue(deps.now());
  const found = await pMap(overdue, (id) => sweep(deps, id, deadline), { concurrency: AT_ONCE });
  const count = (what: string) => found.filter((each) => each === what).length;
  return { overdue: overdue.length, resolved: count('resolved'), left: count('left'), failed: count('failed') };
}

async function sweep(deps: WalletDeps, id: PaymentId, deadline: number): Promise<'resolved' | 'left' | 'failed'> {
  if (deps.now() + deps.gateway.deadlineMs > deadline) return 'left';
  try {
    const payment = await existingPayment(deps, id);
    const after = await resolvePayment(deps, payment);
    if (after.status === 'PENDING') return 'left';
    if (payment.status === 'PENDING')
      deps.log.info('payment resolved', { ...logFieldsOf(payment), status: after.status });
    return 'resolved';
  } catch (error) {
    deps.log.error('a payment could not be resolved', { payment_id: id, error: error as Error });
    return 'failed';
  }
}
