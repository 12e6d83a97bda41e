const { alarm } = require('./alarms.cjs');

const FOURTEEN_DAYS = 1_209_600;

/**
 * Each queue has a dead-letter queue with an alarm. `visibilityTimeout` is six times the timeout of the consumer. The age of the
 * oldest message says nothing where each retry is a new message: resources/ages.cjs has alarms on the age of the work.
 */
const QUEUES = {
  Chunks: {
    visibilityTimeout: 120, // pay-chunk
    deadLetterText:
      'A chunk of payouts was moved to the dead-letter queue after repeated failures. See docs/runbook.md, dead letters.',
  },
  Imports: {
    visibilityTimeout: 900, // import-file
    deadLetterText:
      'An import of transactions was moved to the dead-letter queue after repeated failures. See docs/runbook.md, imports.',
  },
  Withdrawals: {
    visibilityTimeout: 180, // process-withdrawals
    deadLetterText:
      'A withdrawal was moved to the dead-letter queue after repeated failures. See docs/runbook.md, dead letters.',
  },
  Webhooks: {
    visibilityTimeout: 180, // store-deliveries
    maxReceiveCount: 50,
    isRecorded: false, // its dead letters are redriven in SQS
    deadLetterText:
      'An event could not be stored as deliveries of webhooks after repeated failures. See docs/runbook.md, webhooks.',
    /** Its messages are the events themselves: retries keep their age. */
    ageText: 'Published events wait for more than 15 minutes to become deliveries of webhooks.',
  },
  Deliveries: {
    visibilityTimeout: 360, // deliver
    isRecorded: false, // recovery sends new messages
    deadLetterText:
      'A message of the deliveries of webhooks was given up. Recovery sends another one. See docs/runbook.md, webhooks.',
  },
};

function queueWithAlarms(id, queue, prefix) {
  const { visibilityTimeout, maxReceiveCount = 5, isRecorded = true, deadLetterText, ageText } = queue;
  const name = `${prefix}-${id.toLowerCase()}`;
  const shared = { MessageRetentionPeriod: FOURTEEN_DAYS, SqsManagedSseEnabled: true };
  const metric = (queueId) => ({
    Namespace: 'AWS/SQS',
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queueId, 'QueueName'] } }],
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
      // What a function records is visible only briefly. What nothing receives stays.
      ...(isRecorded
        ? { MetricName: 'NumberOfMessagesReceived', Statistic: 'Sum' }
        : { MetricName: 'ApproximateNumberOfMessagesVisible', Statistic: 'Maximum' }),
      EvaluationPeriods: 1,
      Threshold: 0,
    }),
    ...(ageText
      ? {
          [`${id}AgeAlarm`]: alarm(ageText, {
            ...metric(`${id}Queue`),
            MetricName: 'ApproximateAgeOfOldestMessage',
            Statistic: 'Maximum',
            EvaluationPeriods: 5,
            Threshold: 900,
          }),
        }
      : {}),
  };
}

module.exports = async ({ resolveVariable }) => {
  const prefix = `${await resolveVariable('self:service')}-${await resolveVariable('sls:stage')}`;
  const resources = Object.entries(QUEUES).map(([id, queue]) => queueWithAlarms(id, queue, prefix));
  return { Resources: Object.assign({}, ...resources) };
};
