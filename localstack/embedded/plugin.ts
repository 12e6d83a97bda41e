/**
 * Serverless plugin: adds to `serverless offline start` what it does not emulate. It
 *  - builds the functions, faster than for a deployment,
 *  - creates the tables, queues, topics, buckets and state machines at AWS_ENDPOINT_URL, and stamps a new database with the
 *    current data version, and stores the key of `npm start`,
 *  - resolves CloudFormation references in environment variables,
 *  - runs the functions, and keeps the results of the authorizer,
 *  - polls the queues of `sqs` triggers and reads the streams of `stream` triggers,
 *  - fires each `rate` rule once at start, because ticks were missed while the machine was off,
 *  - serves the console, behind the same code as CloudFront,
 *  - gives API Gateway's own errors (unknown route, missing key, body too large) the shape that they have on AWS.
 *
 * In other commands it only refuses renamed settings, and a deployment without those that its stage requires. It calls AWS only at AWS_ENDPOINT_URL, never a real account.
 */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { refuseRenamedSettings } from '../../lib/config.ts';
import { refusalOfStage } from '../../lib/stage.ts';
import type { Invoke } from './lambda.ts';
import { bufferOutput } from './offline/buffered-output.ts';
import { bundleForOffline, replaceDeploymentBundling } from './offline/bundle.ts';
import { compiledTemplate } from './offline/compiled-template.ts';
import { connectFunctions } from './offline/connection.ts';
import { serveConsole, uploadsOf } from './offline/console.ts';
import { resolveEnvironment } from './offline/environment.ts';
import { Functions } from './offline/functions.ts';
import { applyGatewayResponses, encodeBinaryBodies, traceRequests } from './offline/gateway.ts';
import { countInvocations, serveMeter } from './offline/meter.ts';
import { type Poller, startPoller } from './offline/poller.ts';
import type { OfflinePlugin, PluginUtils, Serverless } from './offline/serverless.ts';
import { startStreamPoller } from './offline/streams/poller.ts';
import { StreamPositions } from './offline/streams/positions.ts';
import { type StreamTrigger, streamTriggers } from './offline/streams/trigger.ts';
import { rateRules, scheduledEvent, sqsTriggers } from './offline/triggers.ts';
import { noticeRestore } from './provision/notice-restore.ts';
import { provision } from './provision/provision.ts';
import { stampDataVersion } from './provision/stamp-data-version.ts';
import { storeLocalKey } from './provision/store-local-key.ts';
import { Resolver, type StackLocation, type Template } from './provision/template.ts';
import { readSettings } from './settings.ts';

/** Commands that compile the template. */
const DEPLOYING = new Set(['package', 'deploy']);

export default class EmbeddedAws {
  readonly hooks: Record<string, () => Promise<void>>;
  readonly #serverless: Serverless;
  readonly #log: PluginUtils['log'];
  #provisioned: Promise<Template> | undefined;
  #functions: Functions | undefined;
  #pollers: Poller[] = [];
  #positions: StreamPositions | undefined;
  #removeBundle = async () => {};

  constructor(serverless: Serverless, _options: unknown, { log }: PluginUtils) {
    this.#serverless = serverless;
    this.#log = log;
    skipUnusedValidation(serverless);
    this.hooks = {
      initialize: async () => {
        this.#refuseSettings();
        this.#startProvisioning();
      },
      'before:offline:start:init': () => this.#prepare(),
      'after:offline:start:init': () => this.#connect(),
      'offline:start:end': () => this.#drain(),
    };
  }

  #refuseSettings(): void {
    const { classes, processedInput, service } = this.#serverless;
    try {
      refuseRenamedSettings(process.env);
    } catch (error) {
      throw new classes.Error((error as Error).message);
    }
    if (!DEPLOYING.has(processedInput.commands[0] ?? '')) return;
    const refusal = refusalOfStage(service.provider.stage, service.provider.environment ?? {});
    if (refusal !== undefined) throw new classes.Error(refusal);
  }

  /** In parallel with the build of the functions. */
  #startProvisioning(): void {
    if (this.#serverless.processedInput.commands.join(' ') !== 'offline start') return;
    replaceDeploymentBundling(this.#serverless);
    bufferOutput();
    if (process.env.SLUICE_EMBEDDED_AWS === 'true') connectFunctions();
    this.#provisioned = this.#provision();
    this.#provisioned.catch(() => {}); // #prepare awaits it and reports the error
  }

  /** Runs before the first request. */
  async #prepare(): Promise<void> {
    const [removeBundle, template] = await Promise.all([bundleForOffline(this.#serverless), this.#provisioned]);
    this.#removeBundle = removeBundle;
    if (template === undefined) return;
    resolveEnvironment(this.#serverless, new Resolver(template, this.#location()));
    this.#functions = new Functions(this.#serverless);
    this.#functions.replaceRunner();
  }

  async #provision(): Promise<Template> {
    const template = await compiledTemplate(this.#serverless);
    const report = await provision(template, { ...this.#location(), statesEndpoint: process.env.AWS_ENDPOINT_URL_SFN });
    await stampDataVersion(template, this.#location(), report);
    await storeLocalKey(template, this.#location());
    await this.#noticeRestore(template);
    if (report.unsupported.length > 0) {
      this.#log.warning(`not emulated locally: ${report.unsupported.join(', ')}`);
    }
    return template;
  }

  async #noticeRestore(template: Template): Promise<void> {
    const epoch = await noticeRestore(template, this.#location());
    // npm start prints errors only.
    if (epoch) this.#log.error(`${epoch.reason} Rails are asked before anything is sent, until ${epoch.until}.`);
  }

  /** Runs when the functions can be invoked. */
  async #connect(): Promise<void> {
    const template = await this.#provisioned;
    if (template === undefined || this.#functions === undefined) return;
    const { plugins } = this.#serverless.pluginManager;
    const offline = plugins.find((plugin) => plugin?.constructor.name === 'ServerlessOffline') as OfflinePlugin;
    const server = offline.internals().getApiGatewayServer();
    applyGatewayResponses(server, template);
    traceRequests(server);
    encodeBinaryBodies(server, this.#serverless.service.provider.apiGateway?.binaryMediaTypes ?? []);
    serveMeter(server);
    const { service } = this.#serverless;
    const functions = Object.values(service.functions);
    const invoke = countInvocations(this.#functions.invoke);
    const log = (line: string) => this.#log.error(line);
    const location = this.#location();
    const resolver = new Resolver(template, location);
    serveConsole(server, uploadsOf(template, resolver, location.endpoint));
    this.#pollers = [
      ...sqsTriggers(functions, resolver).map((trigger) => startPoller(location.endpoint, trigger, invoke, log)),
      ...this.#startStreams(streamTriggers(functions, resolver), invoke, log),
    ];
    process.send?.({ ready: true });
    for (const { functionName, input } of rateRules(functions)) {
      const event = input ?? scheduledEvent(location.region, new Date(), randomUUID());
      invoke(functionName, event).catch((error: Error) => log(`${functionName} failed at start: ${error}`));
    }
  }

  /** The positions are stored in the data directory, with LocalStack too. */
  #startStreams(triggers: StreamTrigger[], invoke: Invoke, log: (line: string) => void): Poller[] {
    if (triggers.length === 0) return [];
    const positions = new StreamPositions(join(readSettings(process.env).dataDir, 'stream-positions.db'));
    this.#positions = positions;
    const endpoint = process.env.AWS_ENDPOINT_URL_DYNAMODB || this.#location().endpoint;
    return triggers.map((trigger) => startStreamPoller({ endpoint, trigger, positions, invoke, log }));
  }

  async #drain(): Promise<void> {
    await Promise.all(this.#pollers.map((poller) => poller.drain()));
    this.#positions?.close();
    await this.#removeBundle();
  }

  #location(): StackLocation {
    const { service, provider } = this.#serverless.service;
    const endpoint = process.env.AWS_ENDPOINT_URL;
    if (!endpoint) {
      throw new Error('AWS_ENDPOINT_URL is not set. Use npm start, or set it to the endpoint of LocalStack.');
    }
    const stackName = `${service}-${provider.stage}`;
    return { endpoint: endpoint.replace(/\/+$/, ''), region: provider.region, accountId: '000000000000', stackName };
  }
}

/** Without validation, Serverless Framework validates too and drops the result. */
function skipUnusedValidation({ service, configSchemaHandler }: Serverless): void {
  if (service.configValidationMode === 'off') configSchemaHandler.validateConfig = async () => {};
}
