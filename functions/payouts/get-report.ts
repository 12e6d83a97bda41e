import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { batchIdOf } from '../../lib/payouts/ids.ts';
import { readAllPayouts } from '../../lib/payouts/read-batches.ts';
import { reportCsv, reportJson } from '../../lib/payouts/report.ts';

/** GET /batches/{batch_id}/report : JSON, or CSV with `Accept: text/csv` */
export const handler = http({}, async (request) => {
  const id = batchIdOf(request.path('batch_id'));
  const whole = await readAllPayouts(payouts(), id);
  if (!request.header('accept')?.includes('text/csv')) return { status: 200, body: reportJson(whole) };
  return {
    status: 200,
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${id}.csv"`,
    },
    body: reportCsv(whole.payouts),
  };
});
