import { isEqual } from 'es-toolkit';
import { expect, it } from 'vitest';
import type { Notification } from '../../lib/payouts/notification.ts';
import { notificationDeadLettered } from '../../lib/payouts/notification-events.ts';
import { jobId } from '../../lib/settlement/job.ts';
import { settlementFailed } from '../../lib/settlement/job-events.ts';
import { currency, NOW } from '../support/builders.ts';
import type { CompiledStack, Resource } from '../support/compiled-stack.ts';
import { statementsOf } from './template-roles.ts';

const NOTIFICATION: Notification = {
  id: 'RETURN-1',
  reference: 'b.0001.000001.1',
  money: { minor: 100n, currency: currency('IDR') },
  returned: { code: 'AC04', at: NOW },
  receivedAt: NOW,
  status: 'waiting',
  waitingSince: 0,
  redrives: 0,
};
const JOB = jobId('a'.repeat(32));

/** Queues and streams, their workers, and alarms on functions and events. */
export function describeQueues(stack: () => CompiledStack): void {
  const queues = () => stack().of('AWS::SQS::Queue');
  const redriveOf = ({ Properties }: Resource) => Properties.RedrivePolicy;
  const deadLetterQueues = () =>
    new Set(queues().flatMap(([, queue]) => (redriveOf(queue) ? [deadLetterQueueOf(queue)] : [])));
  const deadLetterQueueOf = (queue: Resource) => stack().target(redriveOf(queue).deadLetterTargetArn)[0];

  it('consumes queues with partial batch failures, and limits the workers that pay', () => {
    const mappings = stack().of('AWS::Lambda::EventSourceMapping');
    expect(mappings.length).toBeGreaterThan(1);
    for (const [logicalId, { Properties }] of mappings) {
      expect(Properties.FunctionResponseTypes, logicalId).toEqual(['ReportBatchItemFailures']);
    }
    const paying = mappings.find(
      ([, { Properties }]) => stack().target(Properties.EventSourceArn)[0] === 'ChunksQueue',
    );
    expect(paying?.[1].Properties).toMatchObject({
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 10 },
    });
  });

  it('hides a message for at least six times the timeout of its function', () => {
    for (const [, { Properties }] of stack().of('AWS::Lambda::EventSourceMapping')) {
      const [queueId, queue] = stack().target(Properties.EventSourceArn);
      if (queue.Type !== 'AWS::SQS::Queue') continue;
      const [, consumer] = stack().target(Properties.FunctionName);
      expect(queue.Properties.VisibilityTimeout, queueId).toBeGreaterThanOrEqual(6 * consumer.Properties.Timeout);
    }
  });

  it('allows recursion to exactly the functions that may feed their own queue', () => {
    const rolesOf = new Map(
      stack()
        .of('AWS::Lambda::Function')
        .map(([id, { Properties }]) => [id, stack().target(Properties.Role)[1]]),
    );
    const sends = ([action, resource]: [action: string, resource: string], functionId: string) =>
      statementsOf(rolesOf.get(functionId) as Resource).some(
        ({ Action, Resource: on }) => [Action].flat().includes(action) && JSON.stringify(on).includes(`"${resource}"`),
      );
    const consumers = stack()
      .of('AWS::Lambda::EventSourceMapping')
      .map(([, { Properties }]) => [
        stack().target(Properties.FunctionName)[0],
        stack().target(Properties.EventSourceArn)[0],
      ]) as [string, string][];
    /** What puts messages into a queue: chains go on through SQS, SNS and S3. */
    const sources = (queue: string): [action: string, resource: string][] => [
      ['sqs:SendMessage', queue],
      ...(queue === 'WebhooksQueue' ? [['sns:Publish', 'EventsTopic'] as [string, string]] : []),
      ...(queue === 'ImportsQueue' ? [['s3:PutObject', 'FilesBucket'] as [string, string]] : []),
    ];
    const next = (functionId: string) =>
      consumers
        .filter(([, queue]) => sources(queue).some((source) => sends(source, functionId)))
        .map(([consumer]) => consumer);
    const isInLoop = (start: string) => {
      const reached = new Set(next(start));
      for (const each of reached) for (const more of next(each)) reached.add(more);
      return reached.has(start);
    };
    const looping = [...rolesOf.keys()].filter(isInLoop);
    const allowed = stack()
      .of('AWS::Lambda::Function')
      .filter(([, { Properties }]) => Properties.RecursiveLoop === 'Allow');
    expect(allowed.map(([id]) => id).sort()).toEqual(looping.sort());
    expect(looping).toEqual(
      ['Deliver', 'ImportFile', 'PayChunk', 'ProcessWithdrawals'].map((name) => `${name}LambdaFunction`),
    );
  });

  it('relays new events, stops after ten retries, and does not repeat records that succeeded', () => {
    const streams = stack()
      .of('AWS::Lambda::EventSourceMapping')
      .filter(([, { Properties }]) => Properties.EventSourceArn['Fn::GetAtt'][1] === 'StreamArn');
    expect(streams).toHaveLength(1);
    expect(streams[0]?.[1].Properties).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': ['EventsTable', 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
      MaximumRetryAttempts: 10,
      BisectBatchOnFunctionError: true,
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
    });
  });

  it('gives every queue a dead-letter queue that keeps messages at least as long', () => {
    const ofRules = 'RulesDeadLetterQueue'; // rules and Lambda send to it what they give up
    for (const [queueId, queue] of queues()) {
      if (deadLetterQueues().has(queueId) || queueId === ofRules) continue;
      const deadLetters = stack().resources[deadLetterQueueOf(queue)];
      expect(redriveOf(queue).maxReceiveCount, queueId).toBeGreaterThanOrEqual(5);
      expect(deadLetters?.Properties.MessageRetentionPeriod, queueId).toBeGreaterThanOrEqual(
        queue.Properties.MessageRetentionPeriod,
      );
    }
  });

  const asking = { now: () => 0, requestId: () => undefined, principal: () => undefined };
  it.each([
    [
      'notifications of the bank that become dead letters',
      'NotificationsDeadLetter',
      notificationDeadLettered(asking, NOTIFICATION, 'NOT_PAID').id,
      `${NOTIFICATION.id}:0`,
    ],
    [
      'settlements that failed',
      'SettlementFailed',
      settlementFailed(asking, JOB, { code: 'STEP_FAILED', message: '' }).id,
      JOB,
    ],
  ])('has an alarm on %s, whose events the relay logs', (_, name, id, fact) => {
    const { [`${name}Filter`]: filter, [`${name}Alarm`]: alarm } = stack().resources;
    const { LogGroupName, FilterPattern, MetricTransformations } = filter?.Properties ?? {};
    const [{ MetricNamespace: Namespace, MetricName, MetricValue }] = MetricTransformations;
    expect(alarm?.Properties).toMatchObject({ Namespace, MetricName, Statistic: 'Sum', Threshold: 0 });
    expect([LogGroupName, MetricValue]).toEqual(['/aws/lambda/sluice-prod-relayEvents', '1']);
    const [, prefix] = /^\{ \$\.event_id = "(.+:)\*" \}$/.exec(FilterPattern) ?? [];
    expect(id).toBe(`${prefix}${fact}`);
  });

  it('gives every rule a dead-letter queue, and those functions that no minute repeats', () => {
    const rules = stack().of('AWS::Events::Rule');
    const queue = { 'Fn::GetAtt': ['RulesDeadLetterQueue', 'Arn'] };
    const rare = rules.filter(([, { Properties }]) => Properties.ScheduleExpression !== 'rate(1 minute)');
    expect(rare.map(([, { Properties }]) => stack().target(Properties.Targets[0].Arn)[0]).sort()).toEqual([
      'SettleYesterdayLambdaFunction',
      'SweepReturnsLambdaFunction',
    ]);
    for (const [ruleId, { Properties }] of rules) {
      expect(Properties.Targets, ruleId).toMatchObject([{ DeadLetterConfig: { Arn: queue } }]);
      expect(Properties.Targets[0].Id, ruleId).toMatch(/^\w+Schedule$/);
    }
    for (const [ruleId, { Properties }] of rare) {
      const [functionId, target] = stack().target(Properties.Targets[0].Arn);
      expect(target.Properties.DeadLetterConfig, ruleId).toEqual({ TargetArn: queue });
      const grants = statementsOf(stack().target(target.Properties.Role)[1]);
      expect(
        grants.some(
          ({ Action, Resource }) => [Action].flat().includes('sqs:SendMessage') && isEqual(Resource, [queue]),
        ),
        functionId,
      ).toBe(true);
    }
    const [, policy] = stack().target({ Ref: 'RulesDeadLetterQueuePolicy' });
    const [statement] = policy.Properties.PolicyDocument.Statement;
    const sources = statement.Condition.ArnEquals['aws:SourceArn'] as { 'Fn::Join': [string, unknown[]] }[];
    const names = rules.map(([, { Properties }]) => `rule/${Properties.Name}`);
    expect(sources.map(({ 'Fn::Join': [, parts] }) => parts.at(-1)).sort()).toEqual(names.sort());
  });

  it('looks for days that are not settled each hour but the first, and says so when it does not', () => {
    const { SettleYesterdayEventsRuleSchedule1: rule, SettleYesterdayHeartbeatAlarm: heartbeat } = stack().resources;
    expect(rule?.Properties.ScheduleExpression).toBe('cron(0 1-23 * * ? *)');
    expect(heartbeat?.Properties).toMatchObject({ Period: 3_600, EvaluationPeriods: 3, TreatMissingData: 'breaching' });
  });

  it('has an error alarm and a heartbeat alarm for each function that runs every minute', () => {
    const minutely = stack()
      .of('AWS::Events::Rule')
      .filter(([, { Properties }]) => Properties.ScheduleExpression === 'rate(1 minute)')
      .map(([, { Properties }]) => stack().target(Properties.Targets[0].Arn)[0]);
    expect(minutely.length).toBeGreaterThan(5);
    const watched = (metric: object) =>
      stack()
        .of('AWS::CloudWatch::Alarm')
        .filter(([, { Properties }]) => Object.entries(metric).every(([name, value]) => Properties[name] === value))
        .map(([, { Properties }]) => stack().target(Properties.Dimensions[0].Value)[0]);
    expect(watched({ MetricName: 'Errors' })).toEqual(expect.arrayContaining(minutely));
    expect(watched({ MetricName: 'Invocations', TreatMissingData: 'breaching' })).toEqual(
      expect.arrayContaining(minutely),
    );
  });
}
