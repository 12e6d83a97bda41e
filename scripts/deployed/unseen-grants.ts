import type { Unseen } from './grants.ts';

/**
 * Grants that the calls of the flows do not show to be needed. Patterns are compared with lines such as
 * `payChunk sqs:SendMessage,sqs:GetQueueUrl sluice-local-chunks`.
 */
export const UNSEEN: readonly Unseen[] = [
  { grants: / logs:/, reason: 'Lambda itself writes the logs, with the role of the function.' },
  {
    grants: / sqs:ReceiveMessage,/,
    reason: 'The event source mapping reads the queue, with the role of the function.',
  },
  {
    grants: / dynamodb:DescribeStream,/,
    reason: 'The event source mapping reads the stream, with the role of the function.',
  },
];
