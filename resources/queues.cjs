const { alarm } = require('./alarms.cjs');

const FOURTEEN_DAYS = 1_209_600;

/**
 * Each queue has a dead-letter queue, whose messages a function records, and an alarm on both. `visibilityTimeout` is six times
 * the timeout of the consumer.
 */
const QUEUES = {
  Chunks: {
    visibilityTimeout: 120, // pay-chunk
    deadLetterText:
      'A chunk of payouts was moved to the dead-letter queue after repeated failures. See docs/runbook.md, dead letters.',
    ageText: 'Chunks of payouts wait for more than 15 minutes.',
  },
  Imports: {
    visibilityTimeout: 900, // import-file
    deadLetterText:
      'An import of transactions was moved to the dead-letter queue after repeated failures. See docs/runbook.md, imports.',
    ageText: 'Imports of transactions wait for more than 15 minutes.',
  },
  Withdrawals: {
    visibilityTimeout: 180, // process-withdrawals
    deadLetterText:
      'A withdrawal was moved to the dead-letter queue after repeated failures. See docs/runbook.md, dead letters.',
    ageText: 'Withdrawals wait for more than 15 minutes.',
  },
  Webhooks: {
    visibilityTimeout: 180, // store-deliveries
    maxReceiveCount: 50, // nothing records its dead letters: they are redriven in SQS
    deadLetterText:
      'An event could not be stored as deliveries of webhooks after repeated failures. See docs/runbook.md, webhooks.',
    ageText: 'Published events wait for more than 15 minutes to become deliveries of webhooks.',
  },
  Deliveries: {
    visibilityTimeout: 360, // deliver
    deadLetterText:
      'A message of the deliveries of webhooks was given up. Recovery sends another one. See docs/runbook.md, webhooks.',
    ageText: 'Endpoints of webhooks wait for a worker for more than 15 minutes.',
  },
};

function queueWithAlarms(id, { visibilityTimeout, maxReceiveCount = 5, deadLetterText, ageText }, prefix) {
  const name = `${prefix}-${id.toLowerCase()}`;
  const shared = { MessageRetentionPeriod: FOURTEEN_DAYS, SqsManagedSseEnabled: true };
  const metric = (queue) => ({
    Namespace: 'AWS/SQS',
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue, 'QueueName'] } }],
  });
  return {
    [`${id}Queue`]: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: name,
        VisibilityTimeout: visibilityTimeout,
        ReceiveMessageWaitTimeSeconds: 20,
        ...shared,
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': [`${id}DeadLetterQueue`, 'Arn'] },
          maxReceiveCount,
        },
      },
    },
    [`${id}DeadLetterQueue`]: {
      Type: 'AWS::SQS::Queue',
      Properties: { QueueName: `${name}-dlq`, VisibilityTimeout: 120, ...shared },
    },
    [`${id}DeadLetterAlarm`]: alarm(deadLetterText, {
      ...metric(`${id}DeadLetterQueue`),
      MetricName: 'NumberOfMessagesReceived', // dead letters are visible only briefly
      Statistic: 'Sum',
      EvaluationPeriods: 1,
      Threshold: 0,
    }),
    [`${id}AgeAlarm`]: alarm(ageText, {
      ...metric(`${id}Queue`),
      MetricName: 'ApproximateAgeOfOldestMessage',
      Statistic: 'Maximum',
      EvaluationPeriods: 5,
      Threshold: 900,
    }),
  };
}

module.exports = async ({ resolveVariable }) => {
  const prefix = `${await resolveVariable('self:service')}-${await resolveVariable('sls:stage')}`;
  const resources = Object.entries(QUEUES).map(([id, queue]) => queueWithAlarms(id, queue, prefix));
  return { Resources: Object.assign({}, ...resources) };
};
