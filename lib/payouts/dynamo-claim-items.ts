import { z } from 'zod';
import { absentAs, entity, fields, json, text } from '../kernel/codec.ts';
import type { Claim, ClaimedPayment, Duplicate } from './claim.ts';
import type { PayoutId } from './ids.ts';
import { claimKey, moneyFields } from './items.ts';
import { CLAIM_KINDS } from './payout.ts';

export const { encode: claimItem, decode: claimOfItem } = entity(
  fields<Claim>({
    kind: z.enum(CLAIM_KINDS),
    value: text(),
    holder: text<PayoutId>(),
    run: absentAs(0, z.int()),
    stamp: text(),
    payment: json(fields<ClaimedPayment>({ money: moneyFields, payeeId: text() })).optional(),
    earlier: absentAs<readonly PayoutId[]>([], z.array(text<PayoutId>())),
  }),
  claimKey,
);

const duplicate = fields<Duplicate>({
  position: z.int(),
  externalId: text(),
  money: moneyFields,
  key: z.object({ kind: z.enum(CLAIM_KINDS), value: z.string() }),
  holder: text<PayoutId>(),
});
export const { encode: duplicatesItem, decode: duplicatesOf } = entity(
  fields<{ readonly duplicates: readonly Duplicate[] }>({ duplicates: json(z.array(duplicate)) }),
);
