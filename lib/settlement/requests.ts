import { z } from 'zod';
import { countDays, type Day, dayOf, parseDay } from '../kernel/day.ts';
import { always, object, otherwise, text, YEAR } from '../kernel/fields.ts';
import { ID, type MerchantId } from '../transactions/index.ts';

/** A quarter of a year: the limit of one execution of the state machine. */
export const MAX_DAYS = 92;

const day = z
  .string(otherwise('must be a string'))
  .transform((text, context): Day => {
    const parsed = parseDay(text);
    if (parsed) return parsed;
    context.addIssue({ code: 'custom', message: 'must be a day of the calendar, yyyy-mm-dd' });
    return z.NEVER;
  })
  .meta({ format: 'date', pattern: YEAR });

/** Fields of a range of UTC days, both ends included. */
const days = { from: day, to: day.meta({ description: `At most ${MAX_DAYS} days in all, both ends included.` }) };

function checkRange(request: unknown, context: z.RefinementCtx, today?: Day): void {
  const [from, to] = ['from', 'to'].map((name) => parseDay(`${(request as Record<string, unknown>)?.[name]}`));
  const refuse = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
  if (from && to && from > to) refuse('from', 'must not be after "to"');
  else if (from && to && countDays(from, to) > MAX_DAYS)
    refuse('to', `must be at most ${MAX_DAYS} days after "from", that day included`);
  if (to && today && to > today) refuse('to', `must not be in the future: today is ${today} in UTC`);
}

/** The body of POST /jobs/settlement. The range may include today. @param deps called at each request */
export const jobRequest = (deps: () => { readonly now: () => number }) =>
  object(days)
    .superRefine((request, context) => checkRange(request, context, dayOf(deps().now())), always)
    .meta({ id: 'SettlementRequest' });

/** The query of POST /jobs/{job_id}/cancel, which has never had a body. */
export const cancelQuery = z.strictObject({
  reason: text(500).optional().meta({ description: 'Why. It is stored with the job and in its event.' }),
});

const merchantId = z
  .string()
  .regex(ID, 'is not a merchant id')
  .transform((id) => id as MerchantId);

/** The query of GET /settlements. @param page the parameters of the page */
export const settlementsQuery = <Page extends z.ZodRawShape>(page: Page) =>
  z
    .strictObject({ ...days, merchant_id: merchantId.optional(), ...page })
    .superRefine((request, context) => checkRange(request, context), always);
