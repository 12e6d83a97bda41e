import { expect, it } from 'vitest';
import { SEAL_POLICY } from '../../lib/audit/ports.ts';
import type { CompiledStack, Resource } from '../support/compiled-stack.ts';

type Condition = { 'ForAllValues:StringLike'?: { 'dynamodb:LeadingKeys': string[] } };
type Statement = { Effect: string; Action: string | string[]; Resource: unknown; Condition?: Condition };
export const statementsOf = ({ Properties }: Resource): Statement[] =>
  (Properties.Policies ?? []).flatMap(
    ({ PolicyDocument }: { PolicyDocument: { Statement: Statement[] } }) => PolicyDocument.Statement,
  );

/** What the functions may do. */
export function describeRoles(stack: () => CompiledStack): void {
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
        const isOfTraces = [Action].flat().every((action) => action.startsWith('xray:')); // they have no resource
        expect([Resource].flat().includes('*'), roleId).toBe(isOfTraces);
      }
    }
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

  it('lets the function that calls endpoints read nothing but endpoints, deliveries, events and its queue', () => {
    const reads = /^(dynamodb:(Get|BatchGet|Query|Scan)|s3:|states:|lambda:|ssm:|secretsmanager:|sqs:Receive)/;
    const readable = statementsOf(stack().resources.DeliverRole as Resource)
      .filter(({ Action }) => [Action].flat().some((action) => reads.test(action)))
      .flatMap(({ Resource, Condition }) =>
        [...JSON.stringify(Resource).matchAll(/"Fn::GetAtt":\["(\w+)"/g)].map(([, id]) =>
          [id, ...(Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [])].join(' '),
        ),
      );
    const expected = ['WebhooksTable', 'EventsTable', 'DeliveriesQueue', 'SystemTable DATAKEYS'];
    expect(new Set(readable)).toEqual(new Set(expected));
    const callers = stack()
      .of('AWS::Lambda::EventSourceMapping')
      .filter(([, { Properties }]) => stack().target(Properties.EventSourceArn)[0] === 'DeliveriesQueue');
    expect(callers.map(([, { Properties }]) => stack().target(Properties.FunctionName)[0])).toEqual([
      'DeliverLambdaFunction',
    ]);
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
}
