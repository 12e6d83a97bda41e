/**
 * What the rules could not deliver, and what became of invocations that they made. EventBridge retries a delivery for 24 hours, and
 * Lambda an invocation twice; then both use this queue. Functions that run every minute have no dead letters of their own: the next
 * run does the same, and their alarms say that runs fail.
 */
const { readFileSync, globSync } = require('node:fs');
const { join } = require('node:path');
const { parse } = require('yaml');
const { alarm } = require('./alarms.cjs');

const ROOT = join(__dirname, '..');
const FOURTEEN_DAYS = 1_209_600;
const QUEUE = { 'Fn::GetAtt': ['RulesDeadLetterQueue', 'Arn'] };

const scheduled = globSync('functions/*/functions.yml', { cwd: ROOT })
  .flatMap((file) => Object.entries(parse(readFileSync(join(ROOT, file), 'utf8'))))
  .filter(([, { events = [] }]) => events.some(({ schedule }) => schedule))
  .map(([name]) => name);

const ref = (name) => ({ Ref: `AWS::${name}` });
/** By its name: the queue is in a stack that exists before the rules. `prefix` is that of the stage. */
const arnOfRule = (prefix, name) => ({
  'Fn::Join': [
    ':',
    ['arn', ref('Partition'), 'events', ref('Region'), ref('AccountId'), `rule/${prefix}-${kebab(name)}`],
  ],
});
const kebab = (name) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const normalized = (name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
const ruleOf = (name) => `${normalized(name)}EventsRuleSchedule1`;

/** The target that the framework makes, with a dead-letter queue. */
const target = (name) => ({
  Arn: { 'Fn::GetAtt': [`${normalized(name)}LambdaFunction`, 'Arn'] },
  Id: `${name}Schedule`,
  DeadLetterConfig: { Arn: QUEUE },
});

module.exports = async ({ resolveVariable }) => {
  const prefix = `${await resolveVariable('self:service')}-${await resolveVariable('sls:stage')}`;
  return {
    Resources: {
      RulesDeadLetterQueue: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: `${prefix}-rules-dlq`,
          MessageRetentionPeriod: FOURTEEN_DAYS,
          SqsManagedSseEnabled: true,
        },
      },
      RulesDeadLetterQueuePolicy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [{ Ref: 'RulesDeadLetterQueue' }],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'events.amazonaws.com' },
                Action: 'sqs:SendMessage',
                Resource: QUEUE,
                Condition: { ArnEquals: { 'aws:SourceArn': scheduled.map((name) => arnOfRule(prefix, name)) } },
              },
            ],
          },
        },
      },
      RulesDeadLetterAlarm: alarm(
        'A scheduled run was lost: its rule could not invoke the function, or the run failed three times. See docs/runbook.md, alarms.',
        {
          Namespace: 'AWS/SQS',
          Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['RulesDeadLetterQueue', 'QueueName'] } }],
          MetricName: 'ApproximateNumberOfMessagesVisible', // nothing consumes them
          Statistic: 'Maximum',
          EvaluationPeriods: 1,
          Threshold: 0,
        },
      ),
    },
    extensions: Object.fromEntries(
      scheduled.map((name) => [ruleOf(name), { Properties: { Targets: [target(name)] } }]),
    ),
  };
};
