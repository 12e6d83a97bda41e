import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

type Network = {
  Resources?: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  Outputs?: { RailAddresses: { Value: unknown } };
  extensions?: Record<string, { Properties: { VpcConfig: object } }>;
};
type Parameters = Readonly<Record<string, string>>;
const vpc: (given: { resolveVariable: (name: string) => Promise<string | undefined> }) => Promise<Network> =
  createRequire(import.meta.url)('../../resources/vpc.cjs');
const { callsOutside }: { callsOutside: string[] } = createRequire(import.meta.url)('../../resources/roles.cjs');

const DEFAULTS = { vpc: 'off', vpcSubnets: '', vpcSecurityGroups: '', vpcCidr: '10.20.0.0/16', vpcNats: '2' };
const URLS = { BANK_URL: 'https://bank.example:9443', GATEWAY_URL: 'https://gateway.example', CHAIN_URL: '' };

function networkOf(parameters: Parameters) {
  const variables: Record<string, string> = {
    'self:service': 'sluice',
    'sls:stage': 'prod',
    ...prefixed('param:', { ...DEFAULTS, ...parameters }),
    ...prefixed('self:provider.environment.', URLS),
  };
  return vpc({ resolveVariable: async (name) => variables[name] });
}

const prefixed = (prefix: string, values: Parameters) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));

const typesOf = ({ Resources = {} }: Network) =>
  Object.values(Resources).reduce<Record<string, number>>((counts, { Type }) => {
    counts[Type] = (counts[Type] ?? 0) + 1;
    return counts;
  }, {});

describe('the addresses of calls to rails', () => {
  it('are those of AWS by default', async () => {
    expect(await networkOf({})).toEqual({});
  });

  it('belong to subnets that exist, if the parameters name them: nothing is made', async () => {
    const {
      Resources,
      Outputs,
      extensions = {},
    } = await networkOf({
      vpcSubnets: 'subnet-1,subnet-2',
      vpcSecurityGroups: 'sg-1',
    });
    expect([Resources, Outputs]).toEqual([undefined, undefined]);
    expect(Object.keys(extensions)).toEqual(callsOutside.map((name) => `${name}LambdaFunction`));
    for (const { Properties } of Object.values(extensions)) {
      expect(Properties.VpcConfig).toEqual({ SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-1'] });
    }
  });

  it('are one with one NAT gateway, to which both private subnets lead', async () => {
    const network = await networkOf({ vpc: 'on', vpcNats: '1' });
    expect(typesOf(network)).toMatchObject({ 'AWS::EC2::NatGateway': 1, 'AWS::EC2::EIP': 1, 'AWS::EC2::Subnet': 4 });
    const targets = ['A', 'B'].map((zone) => network.Resources?.[`RailPrivateRoute${zone}`]?.Properties.NatGatewayId);
    expect(targets).toEqual([{ Ref: 'RailNatA' }, { Ref: 'RailNatA' }]);
    expect(network.Outputs?.RailAddresses.Value).toEqual({ 'Fn::Join': [',', [{ Ref: 'RailAddressA' }]] });
  });

  it('are two with two', async () => {
    const network = await networkOf({ vpc: 'on' });
    expect(typesOf(network)).toMatchObject({ 'AWS::EC2::NatGateway': 2, 'AWS::EC2::EIP': 2 });
  });

  it.each([
    [{ vpc: 'yes' }, 'The parameter vpc must be on or off, not yes.'],
    [{ vpc: 'on', vpcNats: '3' }, 'The parameter vpcNats must be 1 or 2, not 3.'],
    [{ vpcSubnets: 'subnet-1' }, 'Give both parameters, vpcSubnets and vpcSecurityGroups.'],
    [{ vpcSecurityGroups: 'sg-1' }, 'Give both parameters, vpcSubnets and vpcSecurityGroups.'],
    [{ vpc: 'on', vpcSubnets: 's', vpcSecurityGroups: 'g' }, 'Give vpc=on or vpcSubnets, not both.'],
  ] as const)('%j is refused', async (parameters, message) => {
    await expect(networkOf(parameters)).rejects.toThrow(message);
  });
});
