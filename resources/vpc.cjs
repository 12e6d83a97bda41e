/**
 * For rails that allow calls from known addresses only: functions that call rails or receivers of webhooks run in a VPC and reach them
 * through NAT gateways, whose addresses are the output RailAddresses. `--param vpc=on` makes the VPC; `--param vpcSubnets=...` and
 * `vpcSecurityGroups=...` name subnets that exist. All other functions stay outside. docs/deployment.md has the cost.
 */
const { callsOutside } = require('./roles.cjs');

const NAMES = ['vpc', 'vpcSubnets', 'vpcSecurityGroups', 'vpcCidr', 'vpcNats'];
const URLS = ['BANK_URL', 'GATEWAY_URL', 'CHAIN_URL'];
/** Of the receivers of webhooks, of AWS, and of rails by default: lib/webhooks/webhook-url.ts. */
const PORTS = [443, 8443];
const ZONES = ['A', 'B'];

const ref = (name) => ({ Ref: name });
const att = (name, attribute) => ({ 'Fn::GetAtt': [name, attribute] });
const joined = (separator, ...parts) => ({ 'Fn::Join': [separator, parts] });
const resource = (Type, Properties, more = {}) => ({ Type, ...more, Properties });

/** @param nats 1, or 2 so that the loss of a zone does not stop payments */
function network({ prefix, vpcCidr, nats, ports }) {
  const tags = (name) => ({ Tags: [{ Key: 'Name', Value: `${prefix}-${name}` }] });
  const subnet = (name, index, zone) =>
    resource('AWS::EC2::Subnet', {
      VpcId: ref('RailVpc'),
      AvailabilityZone: { 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] },
      CidrBlock: { 'Fn::Select': [index, { 'Fn::Cidr': [att('RailVpc', 'CidrBlock'), 4, 8] }] },
      MapPublicIpOnLaunch: false,
      ...tags(name),
    });
  const routes = (name) => resource('AWS::EC2::RouteTable', { VpcId: ref('RailVpc'), ...tags(name) });
  const joins = (subnetId, table) =>
    resource('AWS::EC2::SubnetRouteTableAssociation', { SubnetId: ref(subnetId), RouteTableId: ref(table) });
  const route = (table, target, more) =>
    resource('AWS::EC2::Route', { RouteTableId: ref(table), DestinationCidrBlock: '0.0.0.0/0', ...target }, more);
  const endpoint = (service) =>
    resource('AWS::EC2::VPCEndpoint', {
      VpcId: ref('RailVpc'),
      VpcEndpointType: 'Gateway',
      ServiceName: joined('', 'com.amazonaws.', ref('AWS::Region'), `.${service}`),
      RouteTableIds: ZONES.map((zone) => ref(`RailPrivateRoutes${zone}`)),
    });
  const perZone = ZONES.map((zone, index) => ({
    [`RailPublicSubnet${zone}`]: subnet(`public-${index}`, index, index),
    [`RailPrivateSubnet${zone}`]: subnet(`private-${index}`, 2 + index, index),
    [`RailPublicSubnet${zone}Routes`]: joins(`RailPublicSubnet${zone}`, 'RailPublicRoutes'),
    [`RailPrivateRoutes${zone}`]: routes(`private-${index}`),
    [`RailPrivateSubnet${zone}Routes`]: joins(`RailPrivateSubnet${zone}`, `RailPrivateRoutes${zone}`),
    [`RailPrivateRoute${zone}`]: route(`RailPrivateRoutes${zone}`, {
      NatGatewayId: ref(`RailNat${ZONES[Math.min(index, nats - 1)]}`),
    }),
  }));
  const perNat = ZONES.slice(0, nats).map((zone, index) => ({
    // The rail knows the address: it outlives the stack.
    [`RailAddress${zone}`]: resource(
      'AWS::EC2::EIP',
      { Domain: 'vpc', ...tags(`rails-${index}`) },
      { DependsOn: 'RailGatewayAttachment', DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' },
    ),
    [`RailNat${zone}`]: resource('AWS::EC2::NatGateway', {
      AllocationId: att(`RailAddress${zone}`, 'AllocationId'),
      SubnetId: ref(`RailPublicSubnet${zone}`),
      ...tags(`rails-${index}`),
    }),
  }));
  return {
    RailVpc: resource('AWS::EC2::VPC', {
      CidrBlock: vpcCidr,
      EnableDnsSupport: true,
      EnableDnsHostnames: true,
      ...tags('rails'),
    }),
    RailGateway: resource('AWS::EC2::InternetGateway', tags('rails')),
    RailGatewayAttachment: resource('AWS::EC2::VPCGatewayAttachment', {
      VpcId: ref('RailVpc'),
      InternetGatewayId: ref('RailGateway'),
    }),
    RailPublicRoutes: routes('public'),
    RailPublicRoute: route(
      'RailPublicRoutes',
      { GatewayId: ref('RailGateway') },
      { DependsOn: 'RailGatewayAttachment' },
    ),
    ...Object.assign({}, ...perZone, ...perNat),
    RailDynamoEndpoint: endpoint('dynamodb'),
    RailFilesEndpoint: endpoint('s3'),
    RailSecurityGroup: resource('AWS::EC2::SecurityGroup', {
      GroupDescription: `${prefix}: functions that call rails and receivers of webhooks`,
      VpcId: ref('RailVpc'),
      SecurityGroupEgress: ports.map((port) => ({
        IpProtocol: 'tcp',
        FromPort: port,
        ToPort: port,
        CidrIp: '0.0.0.0/0',
        Description: 'https',
      })),
      ...tags('rails'),
    }),
  };
}

const listOf = (text) => text.split(',').filter((each) => each !== '');
const portOf = (url) => (URL.canParse(url) ? Number(new URL(url).port || 443) : 443);

module.exports = async ({ resolveVariable }) => {
  const [vpc, subnets, groups, vpcCidr, nats] = await Promise.all(
    NAMES.map((name) => resolveVariable(`param:${name}`)),
  );
  const own = { SubnetIds: listOf(subnets), SecurityGroupIds: listOf(groups) };
  const isOwn = own.SubnetIds.length > 0;
  if (!['on', 'off'].includes(vpc)) throw new Error(`The parameter vpc must be on or off, not ${vpc}.`);
  if (![1, 2].includes(Number(nats))) throw new Error(`The parameter vpcNats must be 1 or 2, not ${nats}.`);
  if (isOwn !== own.SecurityGroupIds.length > 0)
    throw new Error('Give both parameters, vpcSubnets and vpcSecurityGroups.');
  if (isOwn && vpc === 'on') throw new Error('Give vpc=on or vpcSubnets, not both.');
  if (!isOwn && vpc === 'off') return {};
  const VpcConfig = isOwn
    ? own
    : {
        SubnetIds: ZONES.map((zone) => ref(`RailPrivateSubnet${zone}`)),
        SecurityGroupIds: [att('RailSecurityGroup', 'GroupId')],
      };
  const extensions = Object.fromEntries(
    callsOutside.map((name) => [`${name}LambdaFunction`, { Properties: { VpcConfig } }]),
  );
  if (isOwn) return { extensions };
  const prefix = `${await resolveVariable('self:service')}-${await resolveVariable('sls:stage')}`;
  const urls = await Promise.all(URLS.map((name) => resolveVariable(`self:provider.environment.${name}`)));
  const ports = [...new Set([...PORTS, ...urls.map(portOf)])].sort((one, other) => one - other);
  const addresses = ZONES.slice(0, Number(nats)).map((zone) => ref(`RailAddress${zone}`));
  return {
    Resources: network({ prefix, vpcCidr, nats: Number(nats), ports }),
    Outputs: {
      RailAddresses: { Description: 'Calls to rails come from here', Value: joined(',', ...addresses) },
    },
    extensions,
  };
};
