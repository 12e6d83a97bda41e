import { mapValues } from 'es-toolkit';
import { describe, expect, it } from 'vitest';
import {
  adoptRestoredTables,
  assertSameTables,
  useRestoredTables,
  withRestoredTables,
} from '../../scripts/stacks/restored.ts';
import { STACKS, splitTemplate, stackName } from '../../scripts/stacks/split.ts';
import { replaceReferences, type Template } from '../../scripts/stacks/template.ts';
import { CompiledStack, type Resource } from '../support/compiled-stack.ts';
import { statementsOf } from './template-roles.ts';

const importsIn = (value: unknown): string[] => {
  const { 'Fn::ImportValue': name, ...others } = (value ?? {}) as { 'Fn::ImportValue'?: string };
  if (typeof value !== 'object' || value === null) return [];
  return [...(name === undefined ? [] : [name]), ...Object.values(others).flatMap(importsIn)];
};

/** What belongs to which stack, and how the stacks refer to each other. */
export function describeStacks(stack: () => CompiledStack): void {
  const typesIn = (template: Template) => new Set(Object.values(template.Resources).map(({ Type }) => Type));
  const exportsOf = (template: Template) =>
    Object.values(template.Outputs ?? {}).flatMap(({ Export }) => (Export ? [String(Export.Name)] : []));

  it('keeps the application below 320 resources', () => {
    const counts = mapValues(stack().templates, ({ Resources }) => Object.keys(Resources).length);
    expect(counts.application).toBeLessThan(320);
    expect(counts.data + counts.application + counts.operations).toBeGreaterThan(420);
  });

  it('leaves all data if the application is thrown away', () => {
    const { application, operations } = stack().templates;
    const stateful = /^AWS::(DynamoDB|KMS|SQS|SNS|Backup|Logs::LogGroup|EC2)/;
    expect([...typesIn(application)].filter((type) => stateful.test(type))).toEqual([]);
    const buckets = Object.entries(application.Resources).filter(([, { Type }]) => Type === 'AWS::S3::Bucket');
    expect(buckets.map(([id]) => id).sort()).toEqual(['ConsoleBucket', 'ServerlessDeploymentBucket']);
    expect([...typesIn(operations)].sort()).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::Logs::MetricFilter',
      'AWS::SNS::Topic',
    ]);
  });

  it('protects every table, and backs it up', () => {
    const { Resources } = stack().templates.data;
    const [selection] = stack().of('AWS::Backup::BackupSelection');
    const saved = selection?.[1].Properties.BackupSelection.Resources as object[];
    const tables = stack().of('AWS::DynamoDB::Table');
    expect(tables.length).toBeGreaterThan(10);
    for (const [id, { Properties }] of tables) {
      expect(Resources[id], id).toBeDefined();
      expect(Properties, id).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEType: 'KMS', KMSMasterKeyId: { 'Fn::GetAtt': ['StorageKey', 'Arn'] } },
      });
      expect(saved, id).toContainEqual({ 'Fn::GetAtt': [id, 'Arn'] });
    }
  });

  it('refuses requests to both buckets without TLS, and keeps their versions', () => {
    for (const id of ['FilesBucket', 'AuditBucket']) {
      const [, policy] = stack().target({ Ref: `${id}Policy` });
      expect(policy.Properties.Bucket, id).toEqual({ Ref: id });
      expect(policy.Properties.PolicyDocument.Statement, id).toMatchObject([
        { Effect: 'Deny', Principal: '*', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ]);
      expect(stack().resources[id]?.Properties.VersioningConfiguration, id).toEqual({ Status: 'Enabled' });
    }
    // A deleted upload, which has accounts, is not kept for long.
    const { Rules } = stack().resources.FilesBucket?.Properties.LifecycleConfiguration ?? {};
    expect(Rules).toContainEqual(
      expect.objectContaining({ Prefix: 'imports/', NoncurrentVersionExpiration: { NoncurrentDays: 1 } }),
    );
  });

  it('exports exactly what is imported, and only from an earlier stack', () => {
    const { templates } = stack();
    const imported = STACKS.map((name) => new Set(importsIn(templates[name])));
    expect(imported[1]?.size).toBeGreaterThan(20);
    STACKS.forEach((name, index) => {
      const earlier = STACKS.slice(0, index).flatMap((other) => exportsOf(templates[other]));
      expect(
        [...(imported[index] ?? [])].filter((each) => !earlier.includes(each)),
        name,
      ).toEqual([]);
      const later = imported.slice(index + 1).flatMap((names) => [...names]);
      const own = exportsOf(templates[name]).filter((each) => !each.startsWith('sls-')); // the framework's
      expect(
        own.filter((each) => !later.includes(each)),
        name,
      ).toEqual([]);
    });
  });

  it('has no reference that its own stack lacks', () => {
    for (const [name, { Resources, Outputs }] of Object.entries(stack().templates)) {
      replaceReferences([Resources, Outputs], ({ id }) => {
        if (!id.startsWith('AWS::')) expect(Resources[id], `${id} in ${name}`).toBeDefined();
      });
    }
  });

  it('refuses a reference from the data to the application, in one line that names it', () => {
    const { resources } = stack();
    const queue = resources.ChunksQueue;
    const ChunksQueue = { ...queue, Properties: { ...queue?.Properties, Role: { Ref: 'PayChunkRole' } } };
    const planted = { Resources: { ...resources, ChunksQueue } } as Template;
    expect(() => splitTemplate(planted, 'sluice-prod')).toThrow(
      /^ChunksQueue is in the data stack and cannot refer to PayChunkRole, which is in the application stack\.$/,
    );
    const waiting = { Resources: { ...resources, ChunksQueue: { ...queue, DependsOn: 'ChunksAgeAlarm' } } } as Template;
    expect(() => splitTemplate(waiting, 'sluice-prod')).toThrow(/ChunksAgeAlarm, which is in the operations stack\.$/);
    expect(stackName('sluice-prod', 'data')).toBe('sluice-prod-data');
  });

  describe('after a restore', () => {
    const STREAM = 'arn:aws:dynamodb:eu-west-1:000000000000:table/sluice-prod-events-r1/stream/2026-11-22T10:05:00.000';
    const split = (template: Template) => new CompiledStack(splitTemplate(template, 'sluice-prod'));
    const whole = (): Template => ({ Resources: stack().resources });
    const restored = () => split(useRestoredTables(whole(), '-r1', STREAM));
    const namesIn = (template: Template) =>
      Object.values(template.Resources).flatMap(({ Properties = {} }) => Properties.TableName ?? []);

    it('uses the restored tables by their names, and imports nothing of the others', () => {
      const { templates, resources } = restored();
      expect(JSON.stringify(templates.application)).not.toMatch(/"sluice-prod-data:\w+Table:/);
      expect(JSON.stringify(statementsOf(resources.PayoutsReadRole as Resource))).toContain(
        '"table/sluice-prod-payouts-r1"',
      );
      const [[, relay] = []] = Object.entries(resources).filter(([id]) => /^RelayEventsEventSource/.test(id));
      expect(relay?.Properties.EventSourceArn).toBe(STREAM);
      expect(namesIn(templates.data)).toEqual(namesIn(stack().templates.data)); // no stack changes or deletes them
    });

    it('refuses a deployment that forgets them', () => {
      const before = withRestoredTables(whole(), '-r1', true, '');
      const message = 'The stage uses the restored tables -r1: set SLUICE_RESTORED_TABLES=-r1. See docs/runbook.md.';
      expect(() => assertSameTables(before, withRestoredTables(whole(), '', false, ''))).toThrow(message);
      expect(() => assertSameTables(before, withRestoredTables(whole(), '-r2', true, ''))).not.toThrow();
      expect(() => assertSameTables(undefined, whole())).not.toThrow();
      expect(() => withRestoredTables(whole(), 'r1', true, '')).toThrow('small letters or digits: r1');
    });

    it('refuses the stream of another table', () => {
      expect(() => useRestoredTables(whole(), '-r2', STREAM)).toThrow(
        'The parameter restoredStream must be the ARN of the stream of sluice-prod-events-r2.',
      );
    });

    it('adopts the restored tables beside those of before, which CloudFormation retains', () => {
      const adopted = split(adoptRestoredTables(whole(), '-r1'));
      const before = stack().of('AWS::DynamoDB::Table');
      const after = adopted.of('AWS::DynamoDB::Table');
      expect(after.map(([id]) => id)).toEqual(before.map(([id]) => `${id}R1`));
      expect(namesIn(adopted.templates.data)).toEqual(namesIn(stack().templates.data).map((name) => `${name}-r1`));
      // CloudFormation imports resources with a name and this policy only.
      expect(new Set(after.map(([, { DeletionPolicy }]) => DeletionPolicy))).toEqual(new Set(['RetainExceptOnCreate']));
      const grants = JSON.stringify(statementsOf(adopted.resources.PayoutsReadRole as Resource));
      expect(grants).toContain('["PayoutsTableR1","Arn"]');
      expect(grants).not.toContain('"PayoutsTable"');
    });
  });
}
