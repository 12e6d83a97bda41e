import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { fileOf, STACKS, type Stack } from '../../scripts/stacks/split.ts';
import type { Template } from '../../scripts/stacks/template.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export type Resource = {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's properties
  Properties: Record<string, any>;
  DependsOn?: string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
};

/** The compiled CloudFormation templates, by type of resource. */
export class CompiledStack {
  readonly templates: Readonly<Record<Stack, Template>>;
  /** Of all three stacks, as if they were one: with references in place of imports. */
  readonly resources: Readonly<Record<string, Resource>>;

  constructor(templates: Record<Stack, Template>) {
    this.templates = templates;
    const all = Object.values(templates);
    const exported = new Map(
      all.flatMap(({ Outputs = {} }) => Object.values(Outputs).map(({ Export, Value }) => [Export?.Name, Value])),
    );
    const whole = (_: string, value: unknown) => {
      const { 'Fn::ImportValue': name } = (value ?? {}) as { 'Fn::ImportValue'?: string };
      return name === undefined ? value : exported.get(name);
    };
    this.resources = JSON.parse(JSON.stringify(Object.assign({}, ...all.map(({ Resources }) => Resources)), whole));
  }

  of(type: string): [logicalId: string, resource: Resource][] {
    return Object.entries(this.resources).filter(([, { Type }]) => Type === type);
  }

  /** The resource that a `Ref`, an `Fn::GetAtt` or the name of a function names. */
  target(reference: { Ref?: string; 'Fn::GetAtt'?: string[] } | string): [logicalId: string, resource: Resource] {
    const logicalId =
      typeof reference === 'string'
        ? (this.of('AWS::Lambda::Function').find(([, { Properties }]) => Properties.FunctionName === reference)?.[0] ??
          '')
        : (reference.Ref ?? reference['Fn::GetAtt']?.[0] ?? '');
    const resource = this.resources[logicalId];
    if (resource === undefined) throw new Error(`the template has no resource for ${JSON.stringify(reference)}`);
    return [logicalId, resource];
  }
}

/** What a stage on AWS requires: lib/stage.ts. */
export const RAILS = {
  SLUICE_BANK_URL: 'https://bank.example',
  SLUICE_GATEWAY_URL: 'https://gateway.example',
  SLUICE_CHAIN_URL: 'https://chain.example',
  BANK_SECRET: 'sluice/prod/bank',
  GATEWAY_SECRET: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-AbCdEf',
  CHAIN_SECRET: 'none',
};

type Packaging = {
  readonly params?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
};

/**
 * `serverless package` on a machine without credentials, settings or a home directory, but for the rails. The functions are built without
 * their npm packages: bundling these for each function takes a minute, and the template does not depend on it. `.ci/run`
 * packages with them.
 */
export async function packageStack(
  stage: string,
  { params = {}, env = RAILS }: Packaging = {},
): Promise<CompiledStack> {
  const directory = await mkdtemp(join(tmpdir(), `sluice-package-${stage}-`));
  try {
    const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
    const output = join(directory, 'output');
    const given = Object.entries({ npmPackages: 'external', ...params }).flatMap(([name, value]) => [
      '--param',
      `${name}=${value}`,
    ]);
    const options = ['--stage', stage, ...given, '--package', output];
    const child = spawn(process.execPath, [serverless, 'package', ...options], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: directory, TMPDIR: directory, ...env }, // serverless-esbuild leaves its bundles in TMPDIR
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = once(child, 'exit');
    const [printed, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
    if (code !== 0) throw new Error(`serverless package --stage ${stage} failed:\n${printed}${errors}`);
    const read = async (stack: Stack) => JSON.parse(await readFile(join(output, fileOf(stack)), 'utf8')) as Template;
    const [data, application, operations] = await Promise.all(STACKS.map(read));
    return new CompiledStack({ application, data, operations } as Record<Stack, Template>);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
