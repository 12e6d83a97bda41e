/** The dashboard of a stage. What has an alarm is shown with the metrics of the alarm. */
const ages = require('./ages.cjs');
const alarms = require('./alarms.cjs');
const platform = require('./platform-alarms.cjs');
const queues = require('./queues.cjs');
const rules = require('./rules.cjs');

const REGION = { Ref: 'AWS::Region' };
/** Dashboards are 24 wide. */
const [SIXTH, QUARTER, THIRD, HALF, WHOLE] = [4, 6, 8, 12, 24];

const graph = (title, width, metrics, more = {}) => ({
  type: 'metric',
  width,
  height: 6,
  properties: { title, region: REGION, view: 'timeSeries', period: 60, metrics, ...more },
});
const title = (markdown) => ({ type: 'text', width: WHOLE, height: 1, properties: { markdown: `## ${markdown}` } });

/** A metric as a dashboard names it: namespace, name, dimensions and options in one list. */
const row = ({ Namespace, MetricName, Dimensions = [] }, options) => [
  ...[Namespace, MetricName],
  ...Dimensions.flatMap(({ Name, Value }) => [Name, Value]),
  options,
];
/** The metrics of an alarm; of an alarm on an expression those that it computes with. */
function rowsOf({ Properties: alarm }) {
  if (!alarm.Metrics) return [row(alarm, { stat: alarm.Statistic ?? alarm.ExtendedStatistic })];
  const measured = alarm.Metrics.filter(({ MetricStat }) => MetricStat);
  return measured.map(({ MetricStat: { Metric, Stat } }) => row(Metric, { stat: Stat }));
}

/** The text of a value that has references to resources. */
function textOf(value) {
  const references = [];
  const isReference = (part) => part?.Ref !== undefined || part?.['Fn::GetAtt'] !== undefined;
  const text = JSON.stringify(value, (_, part) => (isReference(part) ? `<<${references.push(part) - 1}>>` : part));
  const parts = text.split(/<<(\d+)>>/).map((part, index) => (index % 2 === 1 ? references[Number(part)] : part));
  return { 'Fn::Join': ['', parts] };
}

function widgetsOf(namespace, stage, all) {
  const own = (name, stat) => [namespace, name, 'service', 'sluice', { stat }];
  const matching = (pattern) => Object.keys(all).filter((id) => pattern.test(id));
  const shown = (pattern) => matching(pattern).flatMap((id) => rowsOf(all[id]));
  const searched = (name, stat) => [
    { expression: `SEARCH('{"${namespace}",recovery,service} MetricName="${name}"', '${stat}', 60)`, label: '' },
  ];
  const api = (name, stat) => ['AWS/ApiGateway', name, 'ApiName', `${stage}-sluice`, 'Stage', stage, { stat }];
  return [
    {
      type: 'alarm',
      width: WHOLE,
      height: 4,
      properties: { title: 'Alarms', alarms: Object.keys(all).map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] })) },
    },
    title('Money'),
    graph('Payouts in batches under way', THIRD, [own('PayoutsUnknown', 'Maximum'), own('PayoutsOpen', 'Maximum')]),
    graph('Payouts per minute', THIRD, [own('PayoutsCompleted', 'Maximum'), own('PayoutsFailed', 'Maximum')]),
    graph('Unknown outcomes and open circuits: age in seconds', THIRD, shown(/^(Unknown\w+|OpenCircuits)AgeAlarm$/)),
    title('Ages'),
    graph(
      'Oldest open work, in seconds',
      HALF,
      shown(/^(?!Unknown|OpenCircuits|UnsettledDays|RelayIterator).*AgeAlarm$/),
    ),
    graph('Oldest day that is not settled, in seconds', SIXTH, shown(/^UnsettledDaysAgeAlarm$/)),
    graph('Stream of events: age in ms', THIRD, shown(/^RelayIteratorAgeAlarm$/)),
    title('Sweepers'),
    ...['Found', 'Recovered', 'Failed', 'Left'].map((name) => graph(name, QUARTER, [searched(name, 'Sum')])),
    graph('Duration of runs, in ms', HALF, [searched('Duration', 'Maximum')]),
    graph(
      'Runs that failed',
      HALF,
      shown(/^(Recover|Sweep|Seal|Settle|Measure)(?!.*Heartbeat)\w*(?<!Failed|Machine)Alarm$/),
    ),
    title('Dead letters'),
    graph('Dead letters', THIRD, shown(/DeadLetterAlarm$/)),
    graph('Settlement', THIRD, shown(/^Settlement/)),
    graph('Credentials of rails: refused, or not usable', THIRD, shown(/^RailCredentialsAlarm$/)),
    title('API'),
    graph('Requests', THIRD, [api('Count', 'Sum'), api('4XXError', 'Sum'), api('5XXError', 'Sum')]),
    graph('Latency in ms', THIRD, [api('Latency', 'p50'), api('Latency', 'p99')]),
    graph('Requests throttled or ended without an answer', THIRD, shown(/^(Read|Write)(Errors|Throttles)\d*Alarm$/), {
      legend: { position: 'hidden' },
    }),
    title('Functions and tables'),
    graph('Errors of workers', THIRD, shown(/^(Worker|Schedule)Errors\d*Alarm$/)),
    graph('Throttles of workers', THIRD, shown(/^(Worker|Schedule)Throttles\d*Alarm$/)),
    graph('Throttles of tables and indexes', THIRD, shown(/TableThrottlesAlarm$/)),
  ];
}

module.exports = async (context) => {
  const [service, stage] = [await context.resolveVariable('self:service'), await context.resolveVariable('sls:stage')];
  const definitions = await Promise.all([ages, alarms, queues, rules, platform].map((make) => make(context)));
  const resources = Object.assign({}, ...definitions.map(({ Resources }) => Resources));
  const all = Object.fromEntries(Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm'));
  return {
    Resources: {
      Dashboard: {
        Type: 'AWS::CloudWatch::Dashboard',
        Properties: {
          DashboardName: `${service}-${stage}`,
          DashboardBody: textOf({ start: '-PT3H', widgets: widgetsOf(`${service}-${stage}`, stage, all) }),
        },
      },
    },
  };
};
