/**
 * Serverless plugin: makes three stacks of the template (docs/decisions/0023-three-stacks.md).
 *  - `package` writes their templates beside each other,
 *  - `deploy` deploys the data stack before the application, and the operations stack after it,
 *  - `remove` removes the operations stack too, and leaves the data stack.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { deleteStack, deployedTemplate, deployStack } from './deploy.ts';
import { assertSameTables, withRestoredTables } from './restored.ts';
import { fileOf, type Stack, splitTemplate, stackName } from './split.ts';
import type { Template } from './template.ts';

type Settings = Readonly<Record<'dataProtection' | 'restoredTables' | 'restoredStream' | 'adoptRestored', string>>;
type Serverless = {
  readonly serviceDir: string;
  readonly classes: { readonly Error: new (message: string) => Error };
  readonly service: {
    readonly custom: { readonly stacks: Settings };
    readonly service: string;
    readonly provider: { compiledCloudFormationTemplate: Template };
  };
  getProvider(name: 'aws'): {
    getStage(): string;
    getRegion(): string;
    getDeploymentPrefix(): string;
    getServerlessDeploymentBucketName(): Promise<string>;
    getAwsSdkV3Config(): Promise<object>;
    readonly naming: { getStackName(): string };
  };
};
type Utils = { readonly log: { notice(text: string): void } };

export default class Stacks {
  readonly hooks: Record<string, () => Promise<void>>;
  readonly #serverless: Serverless;
  readonly #log: Utils['log'];
  #client: CloudFormationClient | undefined;

  constructor(serverless: Serverless, _options: unknown, { log }: Utils) {
    this.#serverless = serverless;
    this.#log = log;
    const hooks = {
      'after:aws:package:finalize:stripNullPropsFromTemplateResources': async () => this.#split(),
      'after:aws:deploy:deploy:createStack': () => this.#deployData(),
      'after:aws:deploy:deploy:updateStack': async () => {
        await this.#deploy('operations', this.#read('operations'));
        await this.#deploy('data', this.#read('data')); // without what only the application of before needed
      },
      'before:remove:remove': async () => deleteStack(await this.#connect(), this.#nameOf('operations')),
      'after:remove:remove': async () =>
        log.notice(
          `The stack ${this.#nameOf('data')} stays, with all data, keys and logs: docs/deployment.md, removing.`,
        ),
    };
    this.hooks = Object.fromEntries(Object.entries(hooks).map(([event, hook]) => [event, this.#withoutStack(hook)]));
  }

  /** The framework prints the stack of errors that are not its own. */
  #withoutStack = (hook: () => Promise<void>) => async () => {
    try {
      await hook();
    } catch (error) {
      throw new this.#serverless.classes.Error((error as Error).message);
    }
  };

  get #provider() {
    return this.#serverless.getProvider('aws');
  }

  #nameOf = (stack: Stack) => stackName(this.#provider.naming.getStackName(), stack);

  #fileOf = (stack: Stack) => join(this.#serverless.serviceDir, '.serverless', fileOf(stack));

  #split(): void {
    const { provider, custom } = this.#serverless.service;
    const { restoredTables: suffix, restoredStream, adoptRestored } = custom.stacks;
    const whole = provider.compiledCloudFormationTemplate;
    const template = withRestoredTables(whole, suffix, adoptRestored === 'on', restoredStream);
    const { application, ...others } = splitTemplate(template, this.#provider.naming.getStackName());
    provider.compiledCloudFormationTemplate = application;
    mkdirSync(join(this.#serverless.serviceDir, '.serverless'), { recursive: true });
    for (const [stack, part] of Object.entries(others)) {
      writeFileSync(this.#fileOf(stack as Stack), JSON.stringify(part, undefined, 2));
    }
  }

  #read = (stack: Stack) => JSON.parse(readFileSync(this.#fileOf(stack), 'utf8')) as Template;

  /** Keeps what the application of before imports, until that is updated. */
  async #deployData(): Promise<void> {
    const [before, wanted] = [await deployedTemplate(await this.#connect(), this.#nameOf('data')), this.#read('data')];
    assertSameTables(before, wanted);
    await this.#deploy('data', {
      ...wanted,
      Resources: { ...before?.Resources, ...wanted.Resources },
      Outputs: { ...before?.Outputs, ...wanted.Outputs },
    });
  }

  async #deploy(stack: 'data' | 'operations', template: Template): Promise<void> {
    const protection = this.#serverless.service.custom.stacks.dataProtection;
    const name = this.#nameOf(stack);
    const isChanged = await deployStack(await this.#connect(), {
      name,
      url: await this.#upload(name, template),
      stage: this.#provider.getStage(),
      ...(stack === 'data' ? { isProtected: protection !== 'off' } : {}),
    });
    if (isChanged) this.#log.notice(`Deployed the stack ${name}`);
  }

  /** Into the bucket of the application stack, which the framework creates first. A request would take 51,200 bytes only. */
  async #upload(name: string, template: Template): Promise<string> {
    const Bucket = await this.#provider.getServerlessDeploymentBucketName();
    const Key = `${this.#provider.getDeploymentPrefix()}/${this.#serverless.service.service}/${this.#provider.getStage()}/stacks/${name}.json`;
    const s3 = new S3Client(await this.#provider.getAwsSdkV3Config());
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(template) }));
    s3.destroy();
    return `https://s3.${this.#provider.getRegion()}.amazonaws.com/${Bucket}/${Key}`;
  }

  async #connect(): Promise<CloudFormationClient> {
    this.#client ??= new CloudFormationClient(await this.#provider.getAwsSdkV3Config());
    return this.#client;
  }
}
