import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SEAL_POLICY } from '../../lib/audit/ports.ts';
import { ERRORS, type ErrorCode } from '../../lib/kernel/errors.ts';
import { type CompiledStack, packageStack, type Resource } from '../support/compiled-stack.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RESOURCES = join(ROOT, 'resources');

/** Packaged once: another stage differs only in the parameters, which are checked below. */
const STAGE = 'prod';

type Condition = { 'ForAllValues:StringLike'?: { 'dynamodb:LeadingKeys': string[] } };
type Statement = { Effect: string; Action: string | string[]; Resource: unknown; Condition?: Condition };
const statementsOf = ({ Properties }: Resource): Statement[] =>
  Properties.Policies.flatMap(
    ({ PolicyDocument }: { PolicyDocument: { Statement: Statement[] } }) => PolicyDocument.Statement,
  );

describe('the compiled template', () => {
  let packaged: CompiledStack;
  beforeAll(async () => {
    packaged = await packageStack(STAGE);
  }, 240_000);
  const stack = () => packaged;
  const queues = () => stack().of('AWS::SQS::Queue');
  const redriveOf = ({ Properties }: Resource) => Properties.RedrivePolicy;
  const deadLetterQueues = () =>
    new Set(queues().flatMap(([, queue]) => (redriveOf(queue) ? [deadLetterQueueOf(queue)] : [])));
  const deadLetterQueueOf = (queue: Resource) => stack().target(redriveOf(queue).deadLetterTargetArn)[0];

  it('uses the stage in every name', () => {
    const named = Object.values(stack().resources).flatMap(({ Properties: { TableName, QueueName, FunctionName } }) =>
      [TableName, QueueName, FunctionName].filter((name) => typeof name === 'string'),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !name.startsWith(`sluice-${STAGE}-`))).toEqual([]);
  });

  it('gives every function a role of its own', () => {
    const functions = stack().of('AWS::Lambda::Function');
    const roles = functions.map(([, { Properties }]) => stack().target(Properties.Role)[0]);
    expect(new Set(roles).size).toBe(functions.length);
  });

  it('grants each role named actions on named resources, and its own log group', () => {
    for (const [logicalId, { Properties }] of stack().of('AWS::Lambda::Function')) {
      const [roleId, role] = stack().target(Properties.Role);
      expect(role.Properties.ManagedPolicyArns, roleId).toBeUndefined();
      const statements = statementsOf(role);
      expect(JSON.stringify(statements), logicalId).toContain(`/aws/lambda/${Properties.FunctionName}"`);
      for (const { Effect, Action, Resource } of statements) {
        expect(
          [Effect, ...[Action].flat()].filter((each) => each.includes('*')),
          roleId,
        ).toEqual([]);
        expect([Resource].flat(), roleId).not.toContain('*');
      }
    }
  });

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

  it('lets domains only add events, only the relay and the sweeper change them, and nothing delete them', () => {
    const writers = stack()
      .of('AWS::IAM::Role')
      .flatMap(([roleId, role]) =>
        statementsOf(role)
          .filter(({ Resource }) => JSON.stringify(Resource).includes('"EventsTable"'))
          .flatMap(({ Action }) => [Action].flat())
          .filter((action) => /^dynamodb:(?!Get|BatchGet|Query|Describe|List)/.test(action))
          .map((action) => [roleId, action]),
      );
    const changing = writers.filter(([, action]) => action !== 'dynamodb:PutItem');
    expect(changing.sort()).toEqual([
      ['RelayEventsRole', 'dynamodb:UpdateItem'],
      ['SweepOutboxRole', 'dynamodb:UpdateItem'],
    ]);
    expect(writers.length).toBeGreaterThan(changing.length);
  });

  it('lets only functions that handle accounts and addresses decrypt them, and only with the data key', () => {
    const withKms = (action: string) =>
      stack()
        .of('AWS::IAM::Role')
        .filter(([, role]) =>
          statementsOf(role).some(
            ({ Action, Resource }) =>
              [Action].flat().includes(action) && JSON.stringify(Resource).includes('"DataKey","Arn"'),
          ),
        )
        .map(([roleId]) => roleId);
    const writers = [
      'PayoutsWriteRole',
      'WithdrawalsWriteRole',
      'WithdrawalsOperateRole',
      'ProcessWithdrawalsRole',
      'ImportFileRole',
    ];
    const readers = [
      'PayoutsReadRole',
      'PayoutsOperateRole',
      'PayChunkRole',
      'RecoverBatchesRole',
      'WithdrawalsReadRole',
    ];
    expect(withKms('kms:Decrypt')).toEqual(expect.arrayContaining([...writers, ...readers]));
    expect(withKms('kms:GenerateDataKey')).toEqual(expect.arrayContaining(writers));
    const others = [
      'Orders',
      'Wallets',
      'Transactions',
      'Settlement',
      'Events',
      'RecoverImports',
      'System',
      'Relay',
      'Authorize',
    ];
    const strangers = new RegExp(`^(${others.join('|')})`);
    expect(withKms('kms:Decrypt').filter((role) => strangers.test(role))).toEqual([]);
    for (const reader of readers) expect(withKms('kms:GenerateDataKey')).not.toContain(reader);
  });

  /** The roles that may do an action to items of a table, and in which partitions. */
  const allowed = (table: string, action: string) =>
    stack()
      .of('AWS::IAM::Role')
      .flatMap(([roleId, role]) =>
        statementsOf(role)
          .filter(({ Action, Resource }) => [Action].flat().includes(action) && isOf(table, Resource))
          .flatMap(({ Condition }) => Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? ['*'])
          .map((partition) => ({ roleId, partition })),
      );
  const isOf = (table: string, resource: unknown) => JSON.stringify(resource).includes(`"${table}"`);

  it('lets no worker store an approval, a rule or a key, but the one that stores payouts of files', () => {
    const deciding = ['AccessWriteRole', 'AccessApproveRole', 'RecoverApprovalsRole'];
    const asking = ['ImportFileRole', 'PayoutsWriteRole', 'WithdrawalsWriteRole', 'WithdrawalsOperateRole'];
    const writers = allowed('AccessTable', 'dynamodb:PutItem');
    const rolesFor = (name: string) =>
      writers.filter(({ partition }) => partition === name || partition === '*').map(({ roleId }) => roleId);
    expect(rolesFor('APPROVAL#*').sort()).toEqual([...deciding, ...asking].sort());
    expect(rolesFor('POLICY').sort()).toEqual(['AccessApproveRole', 'RecoverApprovalsRole']);
    expect(rolesFor('KEYS').sort()).toEqual(deciding.toSorted());
    expect(rolesFor('HASH#*')).toEqual(['AccessWriteRole']);
  });

  it('lets only functions that encrypt write data keys, and none the version of the data', () => {
    const writers = allowed('SystemTable', 'dynamodb:PutItem');
    expect(new Set(writers.map(({ partition }) => partition))).toEqual(new Set(['DATAKEYS', 'RECOVERY']));
    const encrypting = allowed('DataKey', 'kms:GenerateDataKey').map(({ roleId }) => roleId);
    const writing = writers.filter(({ partition }) => partition === 'DATAKEYS').map(({ roleId }) => roleId);
    expect(new Set(writing)).toEqual(new Set(encrypting));
  });

  it('lets only the sealer write seals, and nothing delete them', () => {
    const { Properties: bucket } = stack().resources.AuditBucket ?? {};
    expect(bucket).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 365 } } },
      VersioningConfiguration: { Status: 'Enabled' },
    });
    const writers = stack()
      .of('AWS::IAM::Role')
      .flatMap(([roleId, role]) =>
        statementsOf(role)
          .filter(({ Resource }) => /"(AuditBucket|SealsTable|AuditKey)"/.test(JSON.stringify(Resource)))
          .flatMap(({ Action }) => [Action].flat())
          .filter((action) => !/:(Get|BatchGet|Query|List)/.test(action))
          .map((action) => [roleId, action]),
      );
    expect(writers.sort()).toEqual([
      ['SealEventsRole', 'dynamodb:PutItem'],
      ['SealEventsRole', 'kms:Sign'],
      ['SealEventsRole', 's3:PutObject'],
    ]);
  });

  it('has no function whose events appear later than the sealer expects', () => {
    const late = stack()
      .of('AWS::Lambda::Function')
      .filter(([, { Properties }]) => {
        const statements = statementsOf(stack().target(Properties.Role)[1]);
        const stores = statements.some(
          ({ Action, Resource }) =>
            [Action].flat().includes('dynamodb:PutItem') && JSON.stringify(Resource).includes('"EventsTable"'),
        );
        return stores && Properties.Timeout * 1_000 >= SEAL_POLICY.overlapMs / 2;
      });
    expect(late.map(([functionId]) => functionId).sort()).toEqual([
      'AssembleSettlementLambdaFunction',
      'ControlSettlementLambdaFunction',
      'ImportFileLambdaFunction',
    ]);
    for (const [, { Properties }] of late) expect(Properties.Timeout * 1_000).toBeLessThan(SEAL_POLICY.lateAfterMs);
  });

  it('gives every queue a dead-letter queue that keeps messages at least as long', () => {
    for (const [queueId, queue] of queues()) {
      if (deadLetterQueues().has(queueId)) continue;
      const deadLetters = stack().resources[deadLetterQueueOf(queue)];
      expect(redriveOf(queue).maxReceiveCount, queueId).toBeGreaterThanOrEqual(5);
      expect(deadLetters?.Properties.MessageRetentionPeriod, queueId).toBeGreaterThanOrEqual(
        queue.Properties.MessageRetentionPeriod,
      );
    }
  });

  it('has an alarm on every queue, with an action that can be delivered', () => {
    const alarms = stack().of('AWS::CloudWatch::Alarm');
    type Dimension = { Value: Parameters<CompiledStack['target']>[0] };
    const watched = alarms.flatMap(([, { Properties }]) =>
      Properties.Dimensions.map(({ Value }: Dimension) => stack().target(Value)[0]),
    );
    expect(queues().filter(([queueId]) => !watched.includes(queueId))).toEqual([]);
    for (const [alarmId, { Properties }] of alarms) {
      expect(Properties.AlarmActions, alarmId).not.toEqual([]);
      for (const action of Properties.AlarmActions) {
        // CloudWatch may not use the AWS managed key of SNS: alarms would not reach such a topic.
        expect(stack().target(action)[1].Properties.KmsMasterKeyId, alarmId).not.toBe('alias/aws/sns');
      }
    }
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

  it('has a row in the runbook for every alarm', () => {
    const runbook = readFileSync(join(RESOURCES, '..', 'docs', 'runbook.md'), 'utf8');
    const alarms = stack().of('AWS::CloudWatch::Alarm');
    expect(alarms.filter(([alarmId]) => !runbook.includes(`\`${alarmId.replace(/Alarm$/, '')}\``))).toEqual([]);
  });

  it('keeps tables when the stack is deleted', () => {
    const tables = stack().of('AWS::DynamoDB::Table');
    expect(tables.length).toBeGreaterThan(0);
    for (const [tableId, { DeletionPolicy, UpdateReplacePolicy }] of tables) {
      expect([DeletionPolicy, UpdateReplacePolicy], tableId).toEqual(['RetainExceptOnCreate', 'Retain']);
    }
  });

  it('requires an API key on every route that is not public', () => {
    const methods = stack().of('AWS::ApiGateway::Method');
    expect(methods.length).toBeGreaterThan(5);
    const open = methods.filter(([, { Properties }]) => Properties.AuthorizationType === 'NONE');
    expect(open.map(([methodId]) => methodId).sort()).toEqual([
      'ApiGatewayMethodDocsFileVarGet',
      'ApiGatewayMethodDocsGet',
      'ApiGatewayMethodHealthGet',
      'ApiGatewayMethodOpenapijsonGet',
      'ApiGatewayMethodRailNotificationsPost', // signed
    ]);
    for (const [methodId, { Properties }] of methods.filter((method) => !open.includes(method))) {
      expect(Properties.AuthorizationType, methodId).toBe('CUSTOM');
      const [, { Properties: authorizer }] = stack().target(Properties.AuthorizerId);
      expect(authorizer.IdentitySource, methodId).toBe('method.request.header.X-API-Key');
      expect(JSON.stringify(authorizer.AuthorizerUri), methodId).toContain('AuthorizeLambdaFunction');
    }
  });

  it("makes the gateway use the service's error shape for its own errors, from the first deployment on", () => {
    const responses = stack().of('AWS::ApiGateway::GatewayResponse');
    expect(responses.map(([, { Properties }]) => Properties.ResponseType)).toEqual(
      expect.arrayContaining(['UNAUTHORIZED', 'ACCESS_DENIED', 'REQUEST_TOO_LARGE', 'DEFAULT_4XX', 'DEFAULT_5XX']),
    );
    for (const [responseId, { Properties }] of responses) {
      expect(stack().target(Properties.RestApiId)[1].Type, responseId).toBe('AWS::ApiGateway::RestApi');
      const { error } = JSON.parse(Properties.ResponseTemplates['application/json']);
      expect(Object.keys(error), responseId).toEqual(['code', 'message', 'details', 'request_id']);
      expect(Number(Properties.StatusCode), responseId).toBe(ERRORS[error.code as ErrorCode].status);
    }
    const [[, deployment] = []] = stack().of('AWS::ApiGateway::Deployment');
    expect(deployment?.DependsOn).toContain('ApiGatewayMethodHealthGet');
    expect(stack().resources.ApiGatewayMethodHealthGet?.DependsOn).toEqual(
      expect.arrayContaining(responses.map(([responseId]) => responseId)),
    );
  });

  it('contains the definitions of each file in resources/, and no two files define the same', async () => {
    const defined = await Promise.all(readdirSync(RESOURCES).map(resourcesOf)).then((all) => all.flat());
    const twice = defined.filter(({ logicalId }, index) => defined.findIndex((d) => d.logicalId === logicalId) < index);
    expect(twice).toEqual([]);
    const missing = defined.filter(({ logicalId, type }) => stack().resources[logicalId]?.Type !== type);
    expect(missing).toEqual([]);
  });

  it("stays below CloudFormation's limits, and has few functions", () => {
    expect(stack().of('AWS::Lambda::Function').length).toBeLessThan(40);
    expect(Object.keys(stack().resources).length).toBeLessThan(420); // CloudFormation's limit is 500
    expect(JSON.stringify(stack().resources).length).toBeLessThan(1_000_000);
  });
});

describe('the parameters of a stage', () => {
  type Parameters = Readonly<Record<string, string | number>>;
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
  const { params } = parse(read('serverless.yml')) as { params: { default: Parameters } & Record<string, Parameters> };
  const files = [
    'serverless.yml',
    ...['resources', 'functions'].flatMap((directory) =>
      readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.yml$/.test(file))
        .map((file) => join(directory, file)),
    ),
  ];
  const sources = files.map(read).join('\n');

  it.each(Object.keys(params))('%s: has every parameter, of the same type', (stage) => {
    expect(Object.keys(params[stage] ?? {}).sort()).toEqual(Object.keys(params.default).sort());
    for (const [name, value] of Object.entries(params[stage] ?? {})) {
      expect(typeof value, name).toBe(typeof params.default[name]);
    }
  });

  it.each(Object.keys(params))('%s: has worker counts that AWS accepts', (stage) => {
    const { chunkWorkers, withdrawalWorkers, settleConcurrency } = params[stage] ?? {};
    for (const workers of [chunkWorkers, withdrawalWorkers]) {
      expect(workers).toBeGreaterThanOrEqual(2);
      expect(workers).toBeLessThanOrEqual(1_000);
    }
    expect(settleConcurrency).toBeGreaterThanOrEqual(1);
    expect(settleConcurrency).toBeLessThanOrEqual(40);
  });

  it('are all used, and all used parameters exist', () => {
    const used = [...sources.matchAll(/\$\{[^}]*\bparam:(\w+)/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual(Object.keys(params.default).sort());
  });

  it('are the only difference: everything else uses the stage in names only', () => {
    // STAGE is in the prefix of the secrets of keys.
    const others = sources.replace(
      /\$\{self:service\}-\$\{sls:stage\}-|STAGE: \$\{sls:stage\}|\$\{opt:stage, 'local'\}/g,
      '',
    );
    expect(others.match(/\b(sls|opt):stage/g)).toEqual(null);
  });
});

/** Of a .yml file (a key twice in one file fails to parse) or of one that computes its resources. */
async function resourcesOf(file: string): Promise<{ file: string; logicalId: string; type: string }[]> {
  const path = join(RESOURCES, file);
  const content = file.endsWith('.cjs')
    ? await createRequire(import.meta.url)(path)({ resolveVariable: async (name: string) => name })
    : parse(readFileSync(path, 'utf8'));
  const resources = Object.entries((content.Resources ?? {}) as Record<string, Resource>);
  return resources.map(([logicalId, { Type: type }]) => ({ file, logicalId, type }));
}
