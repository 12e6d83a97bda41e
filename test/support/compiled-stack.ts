import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(import.meta.dirname, '..', '..');

export type Resource = {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever CloudFormation's properties hold
  Properties: Record<string, any>;
  DependsOn?: string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
};

/** A compiled CloudFormation template, by type of resource. */
export class CompiledStack {
  readonly resources: Readonly<Record<string, Resource>>;

  constructor(template: { Resources: Record<string, Resource> }) {
    this.resources = template.Resources;
  }

  of(type: string): [logicalId: string, resource: Resource][] {
    return Object.entries(this.resources).filter(([, { Type }]) => Type === type);
  }

  /** What a property that is a `Ref` or an `Fn::GetAtt` points at. */
  target(reference: { Ref?: string; 'Fn::GetAtt'?: string[] }): [logicalId: string, resource: Resource] {
    const logicalId = reference.Ref ?? reference['Fn::GetAtt']?.[0] ?? '';
    const resource = this.resources[logicalId];
    if (resource === undefined) throw new Error(`nothing in the template is meant by ${JSON.stringify(reference)}`);
    return [logicalId, resource];
  }
}

/** `serverless package` as on a machine that knows nothing: no credentials, no settings, an empty home directory. */
export async function packageStack(stage: string): Promise<CompiledStack> {
  const directory = await mkdtemp(join(tmpdir(), `sluice-package-${stage}-`));
  try {
    const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
    const output = join(directory, 'output');
    const child = spawn(process.execPath, [serverless, 'package', '--stage', stage, '--package', output], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = once(child, 'exit');
    const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
    if (code !== 0) throw new Error(`serverless package --stage ${stage} failed:\n${said}${complained}`);
    return new CompiledStack(
      JSON.parse(await readFile(join(output, 'cloudformation-template-update-stack.json'), 'utf8')),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
