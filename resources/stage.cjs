/**
 * The stage of the API: access logs, throttles and, by parameters, a firewall and a domain. `--param apiStage=off` leaves all of it
 * out, for emulators. scripts/explicit-stage.ts connects it with the deployment.
 */
const ref = (name) => ({ Ref: name });
const att = (name, attribute) => ({ 'Fn::GetAtt': [name, attribute] });
const joined = (separator, ...parts) => ({ 'Fn::Join': [separator, parts] });

/**
 * One line of JSON for each request. The route has no ids or addresses, as the path would. There is no key, query, header or body.
 */
const LINE = {
  request_id: '$context.requestId',
  time: '$context.requestTimeEpoch',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  route: '$context.resourcePath',
  status: '$context.status',
  error: '$context.error.responseType',
  bytes: '$context.responseLength',
  ms: '$context.responseLatency',
  integration_ms: '$context.integrationLatency',
};

const stageOf = ({ stage, apiRate, apiBurst, tracing }) => ({
  Type: 'AWS::ApiGateway::Stage',
  Properties: {
    RestApiId: ref('ApiGatewayRestApi'),
    StageName: stage,
    TracingEnabled: tracing === 'true',
    AccessLogSetting: { DestinationArn: att('ApiAccessLogs', 'Arn'), Format: JSON.stringify(LINE) },
    MethodSettings: [
      {
        HttpMethod: '*',
        ResourcePath: '/*',
        ThrottlingRateLimit: Number(apiRate),
        ThrottlingBurstLimit: Number(apiBurst),
      },
    ],
  },
});

/** API Gateway writes logs with one role per account and region. */
const logging = ({ prefix, apiAccount }) => ({
  ApiAccessLogs: {
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName: `/aws/api-gateway/${prefix}`, RetentionInDays: 30 },
  },
  ...(apiAccount === 'off'
    ? {}
    : {
        ApiLogsRole: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                { Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' }, Action: 'sts:AssumeRole' },
              ],
            },
            ManagedPolicyArns: [
              joined(
                '',
                'arn:',
                ref('AWS::Partition'),
                ':iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs',
              ),
            ],
          },
        },
        ApiAccount: {
          Type: 'AWS::ApiGateway::Account',
          DeletionPolicy: 'Retain', // other APIs of the region use it
          UpdateReplacePolicy: 'Retain',
          Properties: { CloudWatchRoleArn: att('ApiLogsRole', 'Arn') },
        },
      }),
});

/** Blocks an address that sends more requests than this in five minutes. */
const firewall = ({ prefix, stage, wafRate }) => ({
  ApiFirewall: {
    Type: 'AWS::WAFv2::WebACL',
    Properties: {
      Name: prefix,
      Scope: 'REGIONAL',
      DefaultAction: { Allow: {} },
      Rules: [
        {
          Name: 'rate',
          Priority: 0,
          Action: { Block: {} },
          Statement: { RateBasedStatement: { Limit: Number(wafRate), AggregateKeyType: 'IP' } },
          VisibilityConfig: visibility(`${prefix}-rate`),
        },
      ],
      VisibilityConfig: visibility(prefix),
    },
  },
  ApiFirewallAssociation: {
    Type: 'AWS::WAFv2::WebACLAssociation',
    DependsOn: 'ApiStage',
    Properties: {
      WebACLArn: att('ApiFirewall', 'Arn'),
      ResourceArn: joined(
        '',
        'arn:',
        ref('AWS::Partition'),
        ':apigateway:',
        ref('AWS::Region'),
        '::/restapis/',
        ref('ApiGatewayRestApi'),
        `/stages/${stage}`,
      ),
    },
  },
});
/** Sampled requests would have headers, and keys with them. */
const visibility = (MetricName) => ({
  CloudWatchMetricsEnabled: true,
  MetricName,
  SampledRequestsEnabled: false,
});

/** At its root, so that paths are the same with and without it. */
const domainOf = ({ domain, domainCertificate }) => ({
  ApiDomain: {
    Type: 'AWS::ApiGateway::DomainName',
    Properties: {
      DomainName: domain,
      RegionalCertificateArn: domainCertificate,
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'TLS_1_2',
    },
  },
  ApiDomainMapping: {
    Type: 'AWS::ApiGateway::BasePathMapping',
    Properties: { DomainName: ref('ApiDomain'), RestApiId: ref('ApiGatewayRestApi'), Stage: ref('ApiStage') },
  },
});

/** For the alias record of the domain in Route 53, or its CNAME. */
const domainOutputs = {
  ApiDomainTarget: { Value: att('ApiDomain', 'RegionalDomainName') },
  ApiDomainZone: { Value: att('ApiDomain', 'RegionalHostedZoneId') },
};

const NAMES = ['apiStage', 'apiAccount', 'apiRate', 'apiBurst', 'wafRate', 'domain', 'domainCertificate', 'tracing'];

module.exports = async ({ resolveVariable }) => {
  const values = await Promise.all(NAMES.map((name) => resolveVariable(`param:${name}`)));
  const stage = await resolveVariable('sls:stage');
  const prefix = `${await resolveVariable('self:service')}-${stage}`;
  const given = { ...Object.fromEntries(NAMES.map((name, index) => [name, values[index]])), stage, prefix };
  if (given.apiStage === 'off') return {};
  return {
    Resources: {
      ApiStage: { ...stageOf(given), ...(given.apiAccount === 'off' ? {} : { DependsOn: 'ApiAccount' }) },
      ...logging(given),
      ...(Number(given.wafRate) > 0 ? firewall(given) : {}),
      ...(given.domain ? domainOf(given) : {}),
    },
    Outputs: given.domain ? domainOutputs : {},
  };
};
