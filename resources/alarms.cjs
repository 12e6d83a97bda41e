const { callsRails } = require('./roles.cjs');

/** Every alarm notifies the operators' topic. docs/runbook.md has a row for each. */
function alarm(AlarmDescription, metric) {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription,
      Period: 60,
      TreatMissingData: 'notBreaching',
      ComparisonOperator: 'GreaterThanThreshold',
      ...metric,
      AlarmActions: [{ Ref: 'OperatorsTopic' }],
    },
  };
}

/** Recovery functions, which run every minute, and the description of their error alarms. */
const RECOVERIES = {
  RecoverBatches: 'Batches, or notifications of the bank, were not recovered in five of the last fifteen minutes.',
  RecoverWithdrawals: 'Withdrawals were not recovered in five of the last fifteen minutes.',
  RecoverImports: 'Imports were not recovered in five of the last fifteen minutes.',
  RecoverJobs: 'Settlement jobs were not recovered in five of the last fifteen minutes.',
  SweepPayments: 'Payments with an unknown outcome were not resolved in five of the last fifteen minutes.',
  RecoverApprovals:
    'Approvals whose time is over were not ended, or known payees not found, in five of the last fifteen minutes. Neither permits anything.',
  RecoverDeliveries:
    'Endpoints of webhooks were not woken in five of the last fifteen minutes. Retries of webhooks are late.',
  SealEvents: 'Events could not be sealed in five of the last fifteen minutes. Nothing of them is lost.',
  SweepOutbox: 'Events could not be published in five of the last fifteen minutes. They remain in the outbox.',
  Measure: 'Ages of open work could not be read in five of the last fifteen minutes.',
};

/** A run fails if an item could not be recovered. The heartbeat alarm fires if the rule stops invoking the function. */
const alarmsOf = ([name, what]) => {
  const metric = {
    Namespace: 'AWS/Lambda',
    Dimensions: [{ Name: 'FunctionName', Value: { Ref: `${name}LambdaFunction` } }],
    Statistic: 'Sum',
  };
  return [
    [
      `${name}Alarm`,
      alarm(`${what} See docs/runbook.md, alarms.`, {
        ...metric,
        MetricName: 'Errors',
        EvaluationPeriods: 15,
        DatapointsToAlarm: 5, // a run may not reach an item that always fails
        Threshold: 0,
      }),
    ],
    [
      `${name}HeartbeatAlarm`,
      alarm(`${name} was not invoked for five minutes. See docs/runbook.md, alarms.`, {
        ...metric,
        MetricName: 'Invocations',
        EvaluationPeriods: 5,
        Threshold: 1,
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
      }),
    ],
  ];
};

/** Alarms on events: the relay logs the id of every event that it publishes. An id begins with the type. */
const EVENTS = {
  // Notifications of the bank have no queue, and several functions judge them.
  NotificationsDeadLetter: [
    'notification.dead_lettered',
    'A notification of the bank fits no payout. See docs/runbook.md, notifications of the bank.',
  ],
  SettlementFailed: ['settlement.failed', 'A settlement job failed after all retries. See docs/runbook.md, alarms.'],
};

const alarmOnEvent =
  (prefix) =>
  ([name, [type, description]]) => [
    [`${name}Filter`, lines(prefix, name, 'RelayEvents', `{ $.event_id = "${type}:*" }`)],
    [`${name}Alarm`, alarmOnLines(prefix, name, description)],
  ];

/** What functions that call a rail log if it refuses their credentials, or if these cannot be used. */
const CREDENTIALS = ['RAIL_CREDENTIALS_REFUSED', 'RAIL_SECRET_INVALID', 'RAIL_SECRET_UNREADABLE'];

function railCredentials(prefix) {
  const name = 'RailCredentials';
  const pattern = `{ ${CREDENTIALS.map((code) => `($.code = "${code}")`).join(' || ')} }`;
  const description =
    'A rail refuses our credentials, or its secret cannot be used. See docs/runbook.md, a rail refuses our credentials.';
  return {
    ...Object.fromEntries(callsRails.map((of) => [`${name}${of}Filter`, lines(prefix, name, of, pattern)])),
    [`${name}Alarm`]: alarmOnLines(prefix, name, description),
  };
}

/** Counts the lines in the log of a function. */
const lines = (MetricNamespace, MetricName, functionName, FilterPattern) => ({
  Type: 'AWS::Logs::MetricFilter',
  Properties: {
    LogGroupName: { Ref: `${functionName}LogGroup` },
    FilterPattern,
    MetricTransformations: [{ MetricNamespace, MetricName, MetricValue: '1' }],
  },
});
const alarmOnLines = (Namespace, MetricName, description) =>
  alarm(description, { Namespace, MetricName, Statistic: 'Sum', EvaluationPeriods: 1, Threshold: 0 });

/** The rule that settles the last days runs every hour but the first of the day. */
function dailySettlement() {
  const metric = {
    Namespace: 'AWS/Lambda',
    Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'SettleYesterdayLambdaFunction' } }],
    Statistic: 'Sum',
    Period: 3_600,
  };
  return {
    SettleYesterdayAlarm: alarm('The last days could not be settled. See docs/runbook.md, alarms.', {
      ...metric,
      MetricName: 'Errors',
      EvaluationPeriods: 1,
      Threshold: 0,
    }),
    SettleYesterdayHeartbeatAlarm: alarm(
      'SettleYesterday was not invoked for three hours. See docs/runbook.md, alarms.',
      {
        ...metric,
        MetricName: 'Invocations',
        EvaluationPeriods: 3,
        Threshold: 1,
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
      },
    ),
  };
}

module.exports = async ({ resolveVariable }) => {
  const prefix = `${await resolveVariable('self:service')}-${await resolveVariable('sls:stage')}`;
  return {
    Resources: {
      OperatorsTopic: {
        Type: 'AWS::SNS::Topic',
        // StorageKey encrypts it (resources/storage.cjs). CloudWatch may not use alias/aws/sns, so alarms would be lost.
        Properties: { TopicName: `${prefix}-operators` },
      },
      ...Object.fromEntries(Object.entries(RECOVERIES).flatMap(alarmsOf)),
      ...Object.fromEntries(Object.entries(EVENTS).flatMap(alarmOnEvent(prefix))),
      ...railCredentials(prefix),
      ...dailySettlement(),
    },
  };
};
module.exports.alarm = alarm;
/** Functions whose errors have an alarm here. */
module.exports.WITH_OWN_ALARM = [...Object.keys(RECOVERIES), 'SettleYesterday'];
