import type { Recovery } from '../recovery/index.ts';
import { resolvePayment } from './charge-payment.ts';
import type { PaymentId } from './ids.ts';
import { logFieldsOf } from './payment.ts';
import type { WalletDeps } from './ports.ts';
import { existingPayment } from './read-payment.ts';

/** Resolves the payments whose request ended or died before it learned their outcome. */
export function sweepPayments(deps: WalletDeps): Recovery<PaymentId> {
  return {
    name: 'payments',
    list: () => deps.payments.listOverdue(deps.now()),
    idOf: (id) => id,
    async recover(id, count) {
      const payment = await existingPayment(deps, id);
      const after = await resolvePayment(deps, payment);
      // The gateway does not know the outcome yet: a later run asks again.
      if (after.status === 'PENDING') return count('pending');
      if (payment.status === 'PENDING')
        deps.log.info('payment resolved', { ...logFieldsOf(payment), status: after.status });
      count('resolved');
    },
  };
}
