import { admit, payouts } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { notificationResult } from '../../lib/payouts/answers.ts';
import { notificationRequest } from '../../lib/payouts/notification-request.ts';
import { receiveNotification } from '../../lib/payouts/receive-return.ts';

/** The rail has no API key: its signature takes the place of one. */
export const routes = {
  notify: route({
    method: 'POST',
    path: '/rail/notifications',
    summary: 'Tell that the rail has given the money of a payout back',
    description:
      'For the bank. Signed with Standard Webhooks: the headers `webhook-id`, `webhook-timestamp` (seconds, at most five minutes ago) and `webhook-signature` (`v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`). Send it again until the answer is 202: a repeated one has no further effect.',
    scope: 'public',
    body: notificationRequest,
    answers: { 202: { description: 'The notification is stored.', schema: notificationResult } },
    errors: ['UNAUTHORIZED', 'IDEMPOTENCY_MISMATCH'],
  })(async ({ headers, bytes, body }) => {
    const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signature = '' } = headers;
    const { status, misfit } = await receiveNotification(payouts(), { id, timestamp, signature }, bytes(), body);
    addLogFields({ notification_id: id, reference: body.reference, result: status, reason: misfit });
    return { status: 202, body: { status, reason: misfit ?? null } };
  }),
};

export const handler = dispatch(routes, admit);
