import { z } from 'zod';
import { pathId } from '../../lib/kernel/fields.ts';
import { USER_ID } from '../../lib/ledger/index.ts';
import { PAYMENT_ID } from '../../lib/wallets/ids.ts';

/** Path parameters. An id that no wallet or payment can have is NOT_FOUND. */
export const walletPath = z.object({ user_id: pathId(USER_ID) });
export const paymentPath = z.object({ payment_id: pathId(PAYMENT_ID) });
