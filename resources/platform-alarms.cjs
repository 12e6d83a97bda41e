/**
 * Alarms on metrics of AWS: functions, the API, the stream, tables and the state machine. An alarm takes ten metrics at most and no
 * SEARCH, so functions are in groups: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
 */
const { globSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { chunk } = require('es-toolkit');
const { parse } = require('yaml');
const { paths } = require('../docs/openapi.json');
const { alarm, WITH_OWN_ALARM } = require('./alarms.cjs');

const ROOT = join(__dirname, '..');
const MOST_METRICS = 10;
const FIVE_MINUTES = 300;

const pascal = (name) => name.replace(/(?:^|\/)(.)/g, (_, letter) => letter.toUpperCase());
const dimensions = (values) => Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
const metric = (Namespace, MetricName, of) => ({ Namespace, MetricName, Dimensions: dimensions(of) });

/** An alarm on an expression over metrics, `m0` and so on. */
function mathAlarm(text, metrics, { Period, Stat = 'Sum', expression, ...rest }) {
  const queries = metrics.map((Metric, index) => ({
    Id: `m${index}`,
    MetricStat: { Metric, Period, Stat },
    ReturnData: false,
  }));
  const { Period: _, ...properties } = alarm(text, {}).Properties; // it is of each metric
  const Metrics = [{ Id: 'result', Expression: expression, ReturnData: true }, ...queries];
  return { Type: 'AWS::CloudWatch::Alarm', Properties: { ...properties, ...rest, Metrics } };
}
/** Series may have no value for a time in which others have one. */
const SUM = 'SUM(FILL(METRICS(), 0))';
const see = (text) => `${text} See docs/runbook.md, alarms.`;

const served = [
  ...new Set(Object.values(paths).flatMap((methods) => Object.values(methods).map((one) => pascal(one['x-function'])))),
];
const declared = globSync('functions/*/functions.yml', { cwd: ROOT }).flatMap((file) =>
  Object.entries(parse(readFileSync(join(ROOT, file), 'utf8'))).map(([name, { events = [] }]) => ({
    name: pascal(name),
    isScheduled: events.some(({ schedule }) => schedule),
  })),
);
const FUNCTIONS = {
  Read: served.filter((name) => name.endsWith('Read')),
  Write: [...served.filter((name) => !name.endsWith('Read')), 'Authorize'],
  Worker: declared.filter(({ name, isScheduled }) => !isScheduled && name !== 'Authorize').map(({ name }) => name),
  Schedule: declared.filter(({ isScheduled }) => isScheduled).map(({ name }) => name),
};
/** Of requests: a few come from a deployment or a broken host. Of others: what fails is repeated, so it fails for long. */
const ERRORS = {
  Read: { Threshold: 5, EvaluationPeriods: 1 },
  Write: { Threshold: 5, EvaluationPeriods: 1 },
  Worker: { Threshold: 0, EvaluationPeriods: 3 },
  Schedule: { Threshold: 0, EvaluationPeriods: 3 },
};
/** Callers, queues and rules repeat what was throttled: a burst passes. */
const THROTTLES = { Threshold: 0, EvaluationPeriods: 3 };

function functionAlarms(kind, names, MetricName, text, limits) {
  return chunk(names.toSorted(), MOST_METRICS).map((some, index) => [
    `${kind}${MetricName}${index === 0 ? '' : index + 1}Alarm`,
    mathAlarm(
      see(`${text} Functions: ${some.join(', ')}.`),
      some.map((name) => metric('AWS/Lambda', MetricName, { FunctionName: { Ref: `${name}LambdaFunction` } })),
      { Period: FIVE_MINUTES, expression: SUM, ...limits },
    ),
  ]);
}
const ofFunctions = Object.entries(FUNCTIONS).flatMap(([kind, names]) => [
  ...functionAlarms(
    kind,
    names.filter((name) => !WITH_OWN_ALARM.includes(name)),
    'Errors',
    'Functions end without an answer.',
    ERRORS[kind],
  ),
  ...functionAlarms(kind, names, 'Throttles', 'Lambda refuses invocations.', THROTTLES),
]);

function ofApi({ service, stage }) {
  const of = { ApiName: `${stage}-${service}`, Stage: stage };
  return [
    [
      'ApiErrorsAlarm',
      mathAlarm(
        see('More than one of a hundred requests get a status of 500 or more.'),
        [metric('AWS/ApiGateway', '5XXError', of), metric('AWS/ApiGateway', 'Count', of)],
        // Of fewer requests than a hundred: two.
        {
          ...{ Period: FIVE_MINUTES, expression: 'IF(m1 < 100, m0, 100 * m0 / m1)' },
          ...{ Threshold: 1, EvaluationPeriods: 3, DatapointsToAlarm: 2 }, // a deployment takes less than five minutes
        },
      ),
    ],
    [
      'ApiLatencyAlarm',
      alarm(see('One of a hundred requests takes more than eight seconds.'), {
        ...metric('AWS/ApiGateway', 'Latency', of),
        ExtendedStatistic: 'p99',
        EvaluateLowSampleCountPercentile: 'ignore',
        Period: FIVE_MINUTES,
        EvaluationPeriods: 3,
        Threshold: 8_000, // GATEWAY_BUDGET_MS: a request waits for no rail longer than that
      }),
    ],
  ];
}

const stream = [
  'RelayIteratorAgeAlarm',
  alarm(see('The relay is more than five minutes behind the stream of events.'), {
    ...metric('AWS/Lambda', 'IteratorAge', { FunctionName: { Ref: 'RelayEventsLambdaFunction' } }),
    Statistic: 'Maximum',
    EvaluationPeriods: 5,
    Threshold: 300_000, // in two minutes sweepOutbox publishes instead; the stream keeps events for a day
  }),
];

/** A table in resources/ and its indexes, which DynamoDB counts apart. */
const tables = globSync('resources/*.yml', { cwd: ROOT })
  .filter((file) => !file.endsWith('tables-before-event-store.yml')) // nothing uses them
  .flatMap((file) => Object.entries(parse(readFileSync(join(ROOT, file), 'utf8')).Resources ?? {}))
  .filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table')
  .map(([id, { Properties }]) => ({
    id,
    parts: [
      { TableName: { Ref: id } },
      ...(Properties.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => ({
        TableName: { Ref: id },
        GlobalSecondaryIndexName: IndexName,
      })),
    ],
  }));
const ofTables = tables.map(({ id, parts }) => [
  `${id}ThrottlesAlarm`,
  mathAlarm(
    see(`DynamoDB refuses requests to ${id} or its indexes.`),
    parts.flatMap((part) =>
      ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) => metric('AWS/DynamoDB', name, part)),
    ),
    { Period: FIVE_MINUTES, expression: SUM, ...THROTTLES },
  ),
]);

const ENDS = ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted', 'ExecutionThrottled'];
const machine = [
  'SettlementMachineAlarm',
  mathAlarm(
    see('An execution of the settlement failed, timed out, was aborted or throttled.'),
    ENDS.map((name) => metric('AWS/States', name, { StateMachineArn: { Ref: 'SettlementStateMachine' } })),
    { Period: 60, expression: SUM, Threshold: 0, EvaluationPeriods: 1 }, // its steps were retried for hours
  ),
];

module.exports = async ({ resolveVariable }) => {
  const [service, stage] = [await resolveVariable('self:service'), await resolveVariable('sls:stage')];
  const all = [...ofFunctions, ...ofApi({ service, stage }), stream, ...ofTables, machine];
  const isWanted = (await resolveVariable('param:alarmExpressions')) !== 'off'; // emulators may not know them
  return { Resources: Object.fromEntries(isWanted ? all : all.filter(([, { Properties }]) => !Properties.Metrics)) };
};
