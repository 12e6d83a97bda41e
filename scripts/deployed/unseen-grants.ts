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
  { grants: / sqs:SendMessage sluice-local-rules-dlq/, reason: 'Lambda itself sends a failed invocation there.' },
  {
    grants: /^(recover\w+|sweep\w+|settleYesterday) /,
    reason: 'In the minutes of a run little is lost or late. test/workflow and the simulator show what recovery does.',
  },
  { grants: /^recordDeadLetters /, reason: 'Nothing is received so often in a run that it becomes a dead letter.' },
  {
    grants: / (dynamodb:PutItem \S+-system DATAKEYS|kms:GenerateDataKey \S+)$/,
    reason: 'Only the first use of a data key creates it, and the migration was first.',
  },
  {
    grants: /^payoutsWrite secretsmanager:/,
    reason: 'A cancel looks up at the bank only what may have been sent.',
  },
  { grants: / CIRCUITS$/, reason: 'A circuit opens after 50 failed calls.' },
  { grants: / KNOWN#\*$/, reason: 'Only a rule about new payees needs them. The flows set none.' },
  {
    grants: /^\w+Read dynamodb:BatchGetItem \S+-webhooks DELIVERY#\*$/,
    reason: 'No endpoint wants the events of these timelines.',
  },
  {
    grants: /^\w+(Read|Write) dynamodb:\w+ \S+-access APPROVAL#\*$/,
    reason: 'Nothing that waits for an approval is explained or cancelled, and no withdrawal needs one.',
  },
  {
    grants:
      /^accessApprove (.*-(wallets|withdrawals|transactions|system)\b|dynamodb:ConditionCheckItem |.* LIMIT#\*$|kms:|sqs:)/,
    reason: 'The flows decide about batches that do not start, keys and rules, not about withdrawals and uploads.',
  },
  {
    grants: /^(payoutsRead|transactionsRead) s3:GetObject /,
    reason: 'They sign links to rejected rows, which the flows do not follow.',
  },
  {
    grants: /^importFile dynamodb:(DeleteItem \S+-payouts|PutItem \S+-access APPROVAL#\*)$/,
    reason: 'No batch of an upload is refused, or needs an approval.',
  },
  {
    grants: /^importFile sqs:SendMessage,sqs:GetQueueUrl \S+-imports$/,
    reason:
      'Only if an upload is changed while a worker follows it, which is decided by chance. test/workflow shows it.',
  },
  { grants: /^transactionsWrite sqs:/, reason: 'The notification of the bucket has started the import before.' },
  { grants: /^payoutsOperate sqs:/, reason: 'No chunk is a dead letter.' },
  {
    grants: /^processWithdrawals (sqs:SendMessage|dynamodb:UpdateItem \S+-access LIMIT#\*)/,
    reason: 'Blocks of the mock chain are final at once: no withdrawal is looked at again.',
  },
  {
    grants: /^controlSettlement s3:(DeleteObject|ListBucket)/,
    reason: 'The job that is cancelled has no part of a file yet.',
  },
  {
    grants: /^deliver dynamodb:(PutItem \S+-events|Query \S+-events\/index\/\*|DeleteItem)/,
    reason: 'No endpoint is switched off, and a replay finds no event.',
  },
  {
    grants:
      /^(eventsRead|measure) dynamodb:(GetItem \S+-transactions IMPORT#\*|Query \S+-webhooks\/index\/\* webhook_\*|UpdateItem \S+-access LIMIT#\*)/,
    reason: 'No import is late, no delivery waits, and the key that reads operations has no limit.',
  },
];
