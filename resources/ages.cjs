/**
 * Alarms on what is stuck. The function measure publishes these ages every minute, 0 if there is nothing: docs/monitoring.md. A
 * minute without a metric could not be measured, so it counts as too old.
 */
const { AGES, ageMetric } = require('../lib/system/ages.ts');
const { alarm } = require('./alarms.cjs');

/** Seconds, and what is older than that. */
const LIMITS = {
  // The longest pause between look-ups is a minute: fifteen have failed.
  unknown_payouts: [900, 'The outcome of a payout is unknown for more than 15 minutes.'],
  // Look-ups are a minute apart at most: sixty have failed. It counts from the creation, because look-ups move the due time.
  unknown_withdrawals: [3_600, 'A withdrawal of more than an hour ago has an unknown outcome.'],
  // A test call each second closes a circuit: hundreds have failed.
  open_circuits: [300, 'The circuit to a rail is open for more than five minutes.'],
  // Recovery sends a lost message again within five minutes. What waits longer has no worker.
  chunks: [1_800, 'A chunk of payouts waits for a worker for more than 30 minutes.'],
  // The sweeper asks the gateway every minute: ten times.
  payments: [600, 'A payment is pending for more than ten minutes.'],
  // As of chunks; a withdrawal is one message, and there are fewer.
  withdrawals: [900, 'A withdrawal waits for a worker for more than 15 minutes.'],
  // The relay takes a second, the sweeper of the outbox two minutes.
  events: [600, 'An event is not published for more than ten minutes.'],
  // A window of a file takes two minutes at most, and recovery begins a lost one again after five.
  imports: [1_800, 'A running import has made no progress for more than 30 minutes.'],
  // An endpoint that fails is due later each time: what stays due has no worker.
  webhook_deliveries: [900, 'A delivery of a webhook is due for more than 15 minutes.'],
  // The rule runs at 01:00, and a step is retried for four hours.
  unsettled_days: [6 * 3_600, 'A day is not settled more than six hours after it ended.'],
};
/** All of them: a run may be late, or fail. */
const MINUTES = 5;
/** Of days: the first run of a new stage has an hour to settle the days before it. */
const MINUTES_OF_DAYS = 75;

module.exports = async ({ resolveVariable }) => {
  const Namespace = `${await resolveVariable('self:service')}-${await resolveVariable('sls:stage')}`;
  const alarms = AGES.map((age) => {
    const [Threshold, text] = LIMITS[age];
    return [
      `${ageMetric(age)}Alarm`,
      alarm(`${text} Or it could not be measured. See docs/runbook.md, alarms.`, {
        Namespace,
        MetricName: ageMetric(age),
        Dimensions: [{ Name: 'service', Value: 'sluice' }],
        Statistic: 'Maximum',
        EvaluationPeriods: age === 'unsettled_days' ? MINUTES_OF_DAYS : MINUTES,
        Threshold,
        TreatMissingData: 'breaching',
      }),
    ];
  });
  return { Resources: Object.fromEntries(alarms) };
};
