import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { S3Files } from '../../lib/aws/files.ts';
import { ERRORS, type ErrorCode } from '../../lib/kernel/errors.ts';
import { type CompiledStack, packageStack, RAILS, type Resource } from '../support/compiled-stack.ts';
import { givenADatabase } from '../support/database.ts';
import { describeAges } from './template-ages.ts';
import { describeAlarms } from './template-alarms.ts';
import { describeQueues } from './template-queues.ts';
import { describeRails, describeRailsInVpc } from './template-rails.ts';
import { describeRoles } from './template-roles.ts';
import { describeStacks } from './template-stacks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RESOURCES = join(ROOT, 'resources');

/** Packaged once: another stage differs only in the parameters (stage-parameters.test.ts). */
const STAGE = 'prod';
const REGION = 'eu-west-1';

const database = await givenADatabase();

describe('the compiled template', () => {
  let packaged: CompiledStack;
  beforeAll(async () => {
    packaged = await packageStack(STAGE);
  }, 240_000);
  const stack = () => packaged;

  describe('stacks', () => describeStacks(stack));
  describe('roles', () => describeRoles(stack));
  describe('rails', () => describeRails(stack));
  describe('queues', () => describeQueues(stack));
  describe('alarms', () => describeAlarms(stack));
  describe('alarms on what is stuck', () => describeAges(stack, database));

  it('uses the stage in every name', () => {
    const named = Object.values(stack().resources).flatMap(({ Properties: { TableName, QueueName, FunctionName } }) =>
      [TableName, QueueName, FunctionName].filter((name) => typeof name === 'string'),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !name.startsWith(`sluice-${STAGE}-`))).toEqual([]);
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

  it('serves console and API under one origin, with the bucket closed to all but CloudFront', () => {
    const [[, distribution] = []] = stack().of('AWS::CloudFront::Distribution');
    type Behaviour = { TargetOriginId: string; PathPattern?: string; FunctionAssociations: Record<string, unknown>[] };
    const config = distribution?.Properties.DistributionConfig;
    const { DefaultCacheBehavior: api, CacheBehaviors: pages } = config as {
      DefaultCacheBehavior: Behaviour;
      CacheBehaviors: Behaviour[];
    };
    expect([api.TargetOriginId, pages.map((each) => [each.PathPattern, each.TargetOriginId])]).toEqual([
      'api',
      [['/console/*', 'files']],
    ]);
    const edges = [api, ...pages].flatMap((each) => each.FunctionAssociations);
    expect(edges.map((edge) => [edge.EventType, edge.FunctionARN])).toEqual(
      [1, 2].map(() => ['viewer-request', { 'Fn::GetAtt': ['ConsoleEdge', 'FunctionARN'] }]),
    );
    const [[, edge] = []] = stack().of('AWS::CloudFront::Function');
    expect(`${edge?.Properties.FunctionCode}`.length).toBeLessThan(10_240); // CloudFront's limit
    const [, bucket] =
      stack()
        .of('AWS::S3::Bucket')
        .find(([id]) => id === 'ConsoleBucket') ?? [];
    expect(Object.values(bucket?.Properties.PublicAccessBlockConfiguration as object)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('lets the page call its own origin and upload files with the links of the service, nothing else', async () => {
    const [, headers] = stack().target({ Ref: 'ConsoleHeaders' });
    const { SecurityHeadersConfig: security } = headers.Properties.ResponseHeadersPolicyConfig;
    const text = filled(security.ContentSecurityPolicy.ContentSecurityPolicy);
    const [, source = ''] = /; connect-src 'self' (\S+); base-uri/.exec(text) ?? [];
    const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
    const client = new S3Client({
      region: REGION,
      forcePathStyle: true,
      credentials,
      endpoint: `https://s3.${REGION}.amazonaws.com`,
    });
    expect(await new S3Files(client, 'FilesBucket').uploadLink('imports/upl_1/upload')).toContain(
      `${source}upl_1/upload?`,
    );
    const [, bucket] = stack().target({ Ref: 'FilesBucket' });
    expect(bucket.Properties.CorsConfiguration.CorsRules).toEqual([
      expect.objectContaining({ AllowedMethods: ['PUT'], AllowedOrigins: ['https://*.cloudfront.net'] }),
    ]);
  });

  it('has nothing of the laboratory: no function knows its origin', () => {
    expect(JSON.stringify(stack().resources)).not.toMatch(/laboratory|SLUICE_LAB|:4601/i);
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

  it('has an explicit stage with logs and throttles, and nothing else without parameters', () => {
    const [[deploymentId, deployment] = []] = stack().of('AWS::ApiGateway::Deployment');
    const { ApiStage: stage, ApiAccount: account } = stack().resources;
    expect(deployment?.Properties.StageName).toBeUndefined();
    expect(stage?.Properties).toMatchObject({
      StageName: STAGE,
      DeploymentId: { Ref: deploymentId },
      MethodSettings: [
        { HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 },
      ],
    });
    expect([stage?.DependsOn, account?.DeletionPolicy]).toEqual([['ApiAccount'], 'Retain']);
    const none = ['AWS::WAFv2::WebACL', 'AWS::ApiGateway::DomainName', 'AWS::ApiGateway::BasePathMapping'];
    expect(none.flatMap((type) => stack().of(type))).toEqual([]);
    const functions = stack().of('AWS::Lambda::Function');
    expect(functions.filter(([, { Properties }]) => 'ReservedConcurrentExecutions' in Properties)).toEqual([]);
  });

  it('logs requests without what a path, a header or a body may contain', () => {
    const { DestinationArn, Format } = stack().resources.ApiStage?.Properties.AccessLogSetting ?? {};
    expect(stack().target(DestinationArn)[1].Properties.RetentionInDays).toBe(30);
    const logged = Object.values(JSON.parse(Format)) as string[];
    expect(logged).toEqual(expect.arrayContaining(['$context.requestId', '$context.resourcePath', '$context.status']));
    // The path may have an account or an address; the key is in a header.
    expect(logged.filter((value) => /path$|apiKey|authorize|caller|user/i.test(value))).toEqual([
      '$context.resourcePath',
    ]);
  });

  it('tells the API that console requests have no stage in front', () => {
    const { Origins } = stack().resources.ConsoleDistribution?.Properties.DistributionConfig ?? {};
    expect(Origins[0]).toMatchObject({
      OriginPath: `/${STAGE}`,
      OriginCustomHeaders: [{ HeaderName: 'X-Forwarded-Prefix', HeaderValue: '/' }],
    });
  });

  it('contains the definitions of each file in resources/, and no two files define the same', async () => {
    const files = readdirSync(RESOURCES).filter((file) => file !== 'artifacts.cjs'); // a plugin
    const defined = await Promise.all(files.map(resourcesOf)).then((all) => all.flat());
    const twice = defined.filter(({ logicalId }, index) => defined.findIndex((d) => d.logicalId === logicalId) < index);
    expect(twice).toEqual([]);
    const missing = defined.filter(({ logicalId, type }) => stack().resources[logicalId]?.Type !== type);
    expect(missing).toEqual([]);
  });

  it("stays below CloudFormation's limits, and has few functions", () => {
    expect(stack().of('AWS::Lambda::Function').length).toBeLessThan(46);
    for (const [name, template] of Object.entries(stack().templates)) {
      expect(Object.keys(template.Resources).length, name).toBeLessThan(450); // the limit is 500
      expect(Object.keys(template.Outputs ?? {}).length, name).toBeLessThan(150); // 200
      expect(JSON.stringify(template).length, name).toBeLessThan(900_000); // 1 MB
    }
  });
});

it('is not made without the rails: one line names all that is missing', async () => {
  const env = { SLUICE_BANK_URL: 'http://bank.example', BANK_SECRET: 'file:/bank.json', WEBHOOKS_ALLOW_LOCAL: 'true' };
  const { message } = await packageStack('dev', { env }).then(
    () => new Error('it was packaged'),
    (error: Error) => error,
  );
  const [, line] = /Error:\n(.*)\n/.exec(message) ?? [];
  expect(line).toBe(
    'The stage dev cannot be deployed: SLUICE_BANK_URL must be an https URL, SLUICE_GATEWAY_URL is missing, SLUICE_CHAIN_URL is missing, BANK_SECRET must not be a file: that is for the stage local only, GATEWAY_SECRET is missing (the name or ARN of a secret, or none), CHAIN_SECRET is missing (the name or ARN of a secret, or none), WEBHOOKS_ALLOW_LOCAL is for the stage local only. See docs/deployment.md.',
  );
  expect(message).not.toMatch(/\n\s+at /); // no stack
}, 60_000);

/** Of the template with options. */
const OPTIONS = { WITHDRAWAL_BATCH_SIZE: '50', SLUICE_BANK_URL: 'https://bank.example:9443/v1' };

describe('the template with options', () => {
  let options: CompiledStack;
  beforeAll(async () => {
    const params = {
      reservedConcurrency: '50',
      wafRate: '2000',
      domain: 'api.example',
      domainCertificate: 'arn:aws:acm:eu-west-1:000000000000:certificate/1',
      apiRate: '300',
      apiAccount: 'off',
      console: 'off',
      vpc: 'on',
      railSecretsKey: 'arn:aws:kms:eu-west-1:000000000000:key/1',
    };
    options = await packageStack('dev', { params, env: { ...RAILS, ...OPTIONS } });
  }, 240_000);

  it('has a firewall, a domain and reservations by parameters', () => {
    const { ApiStage: stage, ApiFirewall: firewall, ApiFirewallAssociation: association } = options.resources;
    expect(stage?.Properties.MethodSettings).toMatchObject([{ ThrottlingRateLimit: 300, ThrottlingBurstLimit: 2_000 }]);
    expect(options.resources.ApiAccount).toBeUndefined();
    const [{ Statement, Action, VisibilityConfig }] = firewall?.Properties.Rules ?? [{}];
    expect([Statement.RateBasedStatement, Action]).toEqual([{ Limit: 2_000, AggregateKeyType: 'IP' }, { Block: {} }]);
    expect(VisibilityConfig.SampledRequestsEnabled).toBe(false); // samples have headers
    expect(JSON.stringify(association?.Properties.ResourceArn)).toContain('/stages/dev');
    expect(options.resources.ApiDomain?.Properties).toMatchObject({
      DomainName: 'api.example',
      SecurityPolicy: 'TLS_1_2',
    });
    expect(options.resources.ApiDomainMapping?.Properties).toMatchObject({ Stage: { Ref: 'ApiStage' } });
    const reserving = options
      .of('AWS::Lambda::Function')
      .filter(([, { Properties }]) => Properties.ReservedConcurrentExecutions === 50);
    expect(reserving.map(([id]) => id).sort()).toEqual(['AuthorizeLambdaFunction', 'WalletsWriteLambdaFunction']);
  });

  describe('rails', () => describeRailsInVpc(() => options));

  it('has a batching window for batches of more than ten withdrawals', () => {
    const [, mapping] =
      options
        .of('AWS::Lambda::EventSourceMapping')
        .find(([, { Properties }]) => options.target(Properties.EventSourceArn)[0] === 'WithdrawalsQueue') ?? [];
    expect(mapping?.Properties).toMatchObject({ BatchSize: 50, MaximumBatchingWindowInSeconds: 1 });
  });
});

/** A text that CloudFormation joins, with the names of resources in place of their values. */
function filled(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: name, 'Fn::Join': [separator = '', parts = []] = [] } = value as {
    Ref?: string;
    'Fn::Join'?: [string, unknown[]];
  };
  const pseudo = { 'AWS::Region': REGION, 'AWS::URLSuffix': 'amazonaws.com' }[`${name}`];
  return pseudo ?? name ?? parts.map(filled).join(separator);
}

const { params } = parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8')) as { params: { default: object } };
const parameters = new Map(Object.entries(params.default).map(([name, value]) => [`param:${name}`, value]));
const resolveVariable = async (name: string) => parameters.get(name) ?? name;

/** Of a .yml file (a key twice in one file fails to parse) or of one that computes its resources. */
async function resourcesOf(file: string): Promise<{ file: string; logicalId: string; type: string }[]> {
  const path = join(RESOURCES, file);
  const content = file.endsWith('.cjs')
    ? await createRequire(import.meta.url)(path)({ resolveVariable })
    : parse(readFileSync(path, 'utf8'));
  const resources = Object.entries((content.Resources ?? {}) as Record<string, Resource>);
  return resources.map(([logicalId, { Type: type }]) => ({ file, logicalId, type }));
}
