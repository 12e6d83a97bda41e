import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CompiledStack, Resource } from '../support/compiled-stack.ts';

type Reference = Parameters<CompiledStack['target']>[0];
type Metric = { Namespace: string; MetricName: string; Dimensions: { Name: string; Value: string | Reference }[] };

/** A sentence of the runbook is no row: a row begins with the names of its alarms. */
const ROWS = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'), 'utf8')
  .split('\n## Alarms\n')[1]
  ?.split('\n## ')[0]
  ?.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

/**
 * Alarms on metrics of AWS, the dashboard and the runbook. What AWS publishes cannot be provoked here: these tests compare names and
 * dimensions with the resources of the template.
 */
export function describeAlarms(stack: () => CompiledStack): void {
  const alarms = () => stack().of('AWS::CloudWatch::Alarm');
  const metricsOf = ({ Properties: alarm }: Resource): Metric[] =>
    alarm.Metrics
      ? alarm.Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: Metric } }) => MetricStat?.Metric ?? [])
      : [{ ...(alarm as Metric), Dimensions: alarm.Dimensions ?? [] }];
  const all = () => alarms().flatMap(([, alarm]) => metricsOf(alarm));
  /** What the dimension of all these metrics refers to, once each. */
  const watched = (namespace: string, name: string, dimension: string) =>
    new Set(
      all()
        .filter((metric) => metric.Namespace === namespace && metric.MetricName === name)
        .flatMap(({ Dimensions }) => Dimensions.filter(({ Name }) => Name === dimension))
        .map(({ Value }) => stack().target(Value as Reference)[0]),
    );
  const ids = (type: string) =>
    stack()
      .of(type)
      .map(([id]) => id);

  it('notify a topic that CloudWatch may publish to', () => {
    for (const [alarmId, { Properties }] of alarms()) {
      expect(Properties.AlarmActions, alarmId).toHaveLength(1);
      const [, topic] = stack().target(Properties.AlarmActions[0]);
      // CloudWatch may not use the AWS managed key of SNS: alarms would not reach such a topic.
      expect([topic.Type, topic.Properties.KmsMasterKeyId], alarmId).toEqual([
        'AWS::SNS::Topic',
        { Ref: 'StorageKey' },
      ]);
    }
    expect(stack().resources.StorageKey?.Properties.KeyPolicy.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      }),
    );
  });

  it('have a row in the runbook, and each row has an alarm', () => {
    const names = (ROWS ?? []).flatMap(([, first = '']) => [...first.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(names.toSorted()).toEqual(
      alarms()
        .map(([alarmId]) => alarmId.replace(/Alarm$/, ''))
        .sort(),
    );
    for (const [, name, meaning, action] of ROWS ?? []) expect([meaning, action], name).not.toContain('');
  });

  it('compute with at most ten metrics of one period, and search for none', () => {
    const computed = alarms().filter(([, { Properties }]) => Properties.Metrics);
    expect(computed.length).toBeGreaterThan(10);
    for (const [alarmId, alarm] of computed) {
      const [result, ...queries] = alarm.Properties.Metrics;
      expect(metricsOf(alarm).length, alarmId).toBeLessThanOrEqual(10);
      expect(new Set(queries.map(({ MetricStat }: { MetricStat: { Period: number } }) => MetricStat.Period)).size).toBe(
        1,
      );
      expect([result.ReturnData, queries.some(({ ReturnData }: { ReturnData: boolean }) => ReturnData)]).toEqual([
        true,
        false,
      ]);
      expect(result.Expression, alarmId).not.toMatch(/SEARCH|SELECT/);
    }
  });

  it('watch errors and throttles of every function', () => {
    const functions = new Set(ids('AWS::Lambda::Function'));
    expect(watched('AWS/Lambda', 'Errors', 'FunctionName')).toEqual(functions);
    expect(watched('AWS/Lambda', 'Throttles', 'FunctionName')).toEqual(functions);
  });

  it('watch the function that reads the stream', () => {
    const readers = stack()
      .of('AWS::Lambda::EventSourceMapping')
      .filter(([, { Properties }]) => Properties.EventSourceArn['Fn::GetAtt']?.[1] === 'StreamArn')
      .map(([, { Properties }]) => stack().target(Properties.FunctionName)[0]);
    expect(watched('AWS/Lambda', 'IteratorAge', 'FunctionName')).toEqual(new Set(readers));
  });

  it('watch throttles of every table that is used, and of each of its indexes', () => {
    const older = ['OutboxTable', 'AuditTable', 'MetricsTable'];
    const parts = stack()
      .of('AWS::DynamoDB::Table')
      .filter(([id]) => !older.includes(id))
      .flatMap(
        ([
          id,
          {
            Properties: { GlobalSecondaryIndexes: indexes = [] },
          },
        ]) => [id, ...indexes.map(({ IndexName }: { IndexName: string }) => `${id} ${IndexName}`)],
      );
    for (const name of ['ReadThrottleEvents', 'WriteThrottleEvents']) {
      const found = all()
        .filter((metric) => metric.Namespace === 'AWS/DynamoDB' && metric.MetricName === name)
        .map(({ Dimensions: [table, index] }) => {
          expect([table?.Name, index?.Name ?? 'GlobalSecondaryIndexName']).toEqual([
            'TableName',
            'GlobalSecondaryIndexName',
          ]);
          return [stack().target(table?.Value as Reference)[0], index?.Value].filter(Boolean).join(' ');
        });
      expect(found.sort()).toEqual(parts.toSorted());
    }
  });

  it('watch the API and its stage by their names', () => {
    const { ApiGatewayRestApi: api, ApiStage: stage } = stack().resources;
    const dimensions = all()
      .filter(({ Namespace }) => Namespace === 'AWS/ApiGateway')
      .map((metric) => Object.fromEntries(metric.Dimensions.map(({ Name, Value }) => [Name, Value])));
    expect(dimensions).toHaveLength(3);
    for (const each of dimensions)
      expect(each).toEqual({ ApiName: api?.Properties.Name, Stage: stage?.Properties.StageName });
  });

  it('watch how executions of the state machine end', () => {
    for (const name of ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'])
      expect(watched('AWS/States', name, 'StateMachineArn')).toEqual(new Set(['SettlementStateMachine']));
  });

  it('watch every queue of dead letters by a metric that it has, and the age of messages only where retries keep it', () => {
    const queues = stack().of('AWS::SQS::Queue');
    const received = new Set(
      stack()
        .of('AWS::Lambda::EventSourceMapping')
        .map(([, { Properties }]) => stack().target(Properties.EventSourceArn)[0]),
    );
    const dead = queues.filter(([, { Properties }]) => !Properties.RedrivePolicy).map(([id]) => id);
    expect(dead.length).toBeGreaterThan(4);
    // What a function receives is visible only briefly, and what nothing receives is never received.
    expect(watched('AWS/SQS', 'NumberOfMessagesReceived', 'QueueName')).toEqual(
      new Set(dead.filter((id) => received.has(id))),
    );
    expect(watched('AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName')).toEqual(
      new Set(dead.filter((id) => !received.has(id))),
    );
    // Workers of the others send a new message for each retry.
    expect(watched('AWS/SQS', 'ApproximateAgeOfOldestMessage', 'QueueName')).toEqual(new Set(['WebhooksQueue']));
  });

  it('are all on the dashboard, whose references exist', () => {
    const [[, dashboard] = []] = stack().of('AWS::CloudWatch::Dashboard');
    const [separator, parts] = dashboard?.Properties.DashboardBody['Fn::Join'] ?? [];
    const body = parts
      .map((part: string | Reference) => {
        if (typeof part === 'string') return part;
        return part.Ref === 'AWS::Region' ? 'eu-west-1' : stack().target(part)[0];
      })
      .join(separator);
    type Widget = {
      type: string;
      width: number;
      properties: { alarms?: string[]; metrics?: unknown[]; title?: string };
    };
    const { widgets } = JSON.parse(body) as { widgets: Widget[] };
    expect(widgets.find(({ type }) => type === 'alarm')?.properties.alarms?.toSorted()).toEqual(
      alarms()
        .map(([id]) => id)
        .sort(),
    );
    const graphs = widgets.filter(({ type }) => type === 'metric');
    expect(graphs.length).toBeGreaterThan(15);
    expect(graphs.filter(({ properties: { metrics = [] } }) => metrics.length === 0)).toEqual([]);
    expect(graphs.map(({ properties }) => properties.title).slice(0, 3)).toEqual([
      'Payouts in batches under way',
      'Payouts per minute',
      'Unknown outcomes and open circuits: age in seconds',
    ]);
    const shown = new Set(
      graphs.flatMap(({ properties: { metrics = [] } }) => metrics.map((row) => (row as string[])[1])),
    );
    const unseen = all().filter(({ MetricName }) => !shown.has(MetricName) && MetricName !== 'Invocations');
    expect(unseen.map(({ MetricName }) => MetricName)).toEqual([]);
    expect(body.length).toBeLessThan(200_000);
  });
}
