import { expect, it } from 'vitest';
import type { LogFields } from '../../lib/kernel/log.ts';
import { Authentication } from '../../lib/rail/authentication.ts';
import type { CompiledStack, Resource } from '../support/compiled-stack.ts';
import { statementsOf } from './template-roles.ts';

/** Those that call the bank, then those that call the gateway. The chain of the test asks for no credentials. */
const OF_BANK = ['EventsRead', 'PayChunk', 'PayoutsWrite', 'RecoverBatches', 'SweepReturns'];
const OF_GATEWAY = ['EventsRead', 'SweepPayments', 'WalletsWrite'];
const OUTSIDE = [...new Set([...OF_BANK, ...OF_GATEWAY, 'Deliver', 'ProcessWithdrawals'])].sort();

/** The roles, without `Role`, that may do an action, each with the resources. */
function allowed(stack: CompiledStack, action: string): [role: string, on: unknown][] {
  return stack.of('AWS::IAM::Role').flatMap(([id, role]) =>
    statementsOf(role)
      .filter(({ Effect, Action }) => Effect === 'Allow' && [Action].flat().includes(action))
      .map(({ Resource }) => [id.replace(/Role$/, ''), Resource] as [string, unknown])
      .sort(),
  );
}

const inVpc = (stack: CompiledStack) =>
  stack.of('AWS::Lambda::Function').filter(([, { Properties }]) => Properties.VpcConfig !== undefined);

/** The codes of what is logged about credentials. */
async function loggedCodes(): Promise<unknown[]> {
  const codes: unknown[] = [];
  const ignore = () => {};
  const log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (_: string, fields?: LogFields) => codes.push(fields?.code),
  };
  const having = (read: () => Promise<string>) =>
    new Authentication({ rail: 'bank', secret: { name: 'bank', read }, now: Date.now, log }, () => ({
      close: async () => {},
    }));
  having(async () => '{}').onRefused(401);
  await having(async () => 'no credentials').isReady();
  await having(() => Promise.reject(new Error('not found'))).isReady();
  return codes;
}

/** Which functions may read which secret, and that nothing is in a VPC by default. */
export function describeRails(stack: () => CompiledStack): void {
  it('lets exactly the functions that call a rail read its secret, by name or by ARN', () => {
    const readers = allowed(stack(), 'secretsmanager:GetSecretValue');
    const named = JSON.stringify([
      {
        'Fn::Join': [
          ':',
          [
            ...['arn', { Ref: 'AWS::Partition' }, 'secretsmanager', { Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }],
            ...['secret', 'sluice/prod/bank-??????'],
          ],
        ],
      },
    ]);
    const given = JSON.stringify(['arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-AbCdEf']);
    const readersOf = (secret: string) =>
      readers.flatMap(([role, on]) => (JSON.stringify(on) === secret ? [role] : [])).sort();
    expect([readersOf(named), readersOf(given)]).toEqual([OF_BANK, OF_GATEWAY]);
    expect(readers.length).toBe(OF_BANK.length + OF_GATEWAY.length);
  });

  it('has an alarm on what each function that calls a rail logs about its credentials', async () => {
    const filters = stack()
      .of('AWS::Logs::MetricFilter')
      .filter(([id]) => id.startsWith('RailCredentials'))
      .map(([, { Properties }]) => Properties);
    const groups = OUTSIDE.filter((name) => name !== 'Deliver').map((name) => stack().resources[`${name}LogGroup`]);
    expect(filters.map(({ LogGroupName }) => LogGroupName).sort()).toEqual(
      groups.map((group) => group?.Properties.LogGroupName).sort(),
    );
    const pattern = `{ ${(await loggedCodes()).map((code) => `($.code = "${code}")`).join(' || ')} }`;
    const { Namespace, MetricName, ...alarm } = stack().resources.RailCredentialsAlarm?.Properties ?? {};
    expect(alarm).toMatchObject({ Statistic: 'Sum', Period: 60, EvaluationPeriods: 1, Threshold: 0 });
    for (const { FilterPattern, MetricTransformations } of filters) {
      expect(FilterPattern).toBe(pattern);
      expect(MetricTransformations).toEqual([{ MetricNamespace: Namespace, MetricName, MetricValue: '1' }]);
    }
  });

  it('is in no VPC without the parameter, and no role may connect to one', () => {
    expect(inVpc(stack())).toEqual([]);
    expect(allowed(stack(), 'ec2:CreateNetworkInterface')).toEqual([]);
    expect(stack().of('AWS::EC2::VPC')).toEqual([]);
  });
}

/** With `--param vpc=on`, a bank at port 9443, and a key for the secrets. */
export function describeRailsInVpc(stack: () => CompiledStack): void {
  it('has exactly the functions that call the outside in private subnets', () => {
    expect(
      inVpc(stack())
        .map(([id]) => id.replace(/LambdaFunction$/, ''))
        .sort(),
    ).toEqual(OUTSIDE);
    for (const [, { Properties }] of inVpc(stack())) {
      expect(Properties.VpcConfig).toEqual({
        SubnetIds: [{ Ref: 'RailPrivateSubnetA' }, { Ref: 'RailPrivateSubnetB' }],
        SecurityGroupIds: [{ 'Fn::GetAtt': ['RailSecurityGroup', 'GroupId'] }],
      });
    }
    const connecting = allowed(stack(), 'ec2:CreateNetworkInterface').map(([role]) => role);
    expect(connecting.sort()).toEqual(OUTSIDE);
    for (const role of OUTSIDE) {
      const denied = statementsOf(stack().resources[`${role}Role`] as Resource).filter(
        ({ Effect }) => Effect === 'Deny',
      );
      expect(JSON.stringify(denied), role).toContain('lambda:SourceFunctionArn');
    }
  });

  it('routes each private subnet through a NAT gateway of its zone, with an address that outlives the stack', () => {
    for (const zone of ['A', 'B']) {
      const { resources } = stack();
      expect(resources[`RailPrivateSubnet${zone}Routes`]?.Properties).toEqual({
        SubnetId: { Ref: `RailPrivateSubnet${zone}` },
        RouteTableId: { Ref: `RailPrivateRoutes${zone}` },
      });
      const { NatGatewayId } = resources[`RailPrivateRoute${zone}`]?.Properties ?? {};
      const [, nat] = stack().target(NatGatewayId);
      expect(nat.Properties.SubnetId).toEqual({ Ref: `RailPublicSubnet${zone}` });
      const [, address] = stack().target(nat.Properties.AllocationId);
      expect([address.Type, address.DeletionPolicy]).toEqual(['AWS::EC2::EIP', 'RetainExceptOnCreate']);
    }
    const endpoints = stack()
      .of('AWS::EC2::VPCEndpoint')
      .map(([, { Properties }]) => JSON.stringify(Properties.ServiceName).match(/\.(\w+)"\]\]/)?.[1]);
    expect(endpoints.sort()).toEqual(['dynamodb', 's3']);
  });

  it('lets out https only, also to the port of the bank, and nothing in', () => {
    const { SecurityGroupEgress, SecurityGroupIngress } = stack().resources.RailSecurityGroup?.Properties ?? {};
    const ports = SecurityGroupEgress.map((rule: Record<string, unknown>) => [
      ...[rule.IpProtocol, rule.FromPort, rule.ToPort],
    ]);
    expect(ports).toEqual([443, 8443, 9443].map((port) => ['tcp', port, port]));
    expect(SecurityGroupIngress).toBeUndefined();
  });

  it('lets readers of a secret decrypt with the key of the secrets', () => {
    const decrypting = allowed(stack(), 'kms:Decrypt')
      .filter(([, on]) => JSON.stringify(on).includes(':key/1'))
      .map(([role]) => role);
    expect(decrypting.sort()).toEqual([...OF_BANK, ...OF_GATEWAY].sort());
  });
}
