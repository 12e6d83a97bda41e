/** Types of the parts of Serverless Framework and serverless-offline that the plugin uses. Neither ships types. */

import type { Template } from '../provision/template.ts';
import type { HapiServer } from './gateway.ts';

export interface FunctionDefinition {
  name: string;
  handler: string;
  events: Record<string, unknown>[];
  /** In seconds. */
  timeout?: number;
  environment?: Record<string, unknown>;
}

export interface Serverless {
  processedInput: { commands: string[] };
  /** Errors of this class are printed without a stack. */
  classes: { Error: new (message: string) => Error };
  serviceDir: string;
  service: {
    service: string;
    configValidationMode: 'error' | 'warn' | 'off';
    provider: {
      region: string;
      stage: string;
      timeout?: number;
      environment?: Record<string, unknown>;
      compiledCloudFormationTemplate?: Template;
      apiGateway?: { binaryMediaTypes?: string[] };
    };
    custom?: { 'serverless-offline'?: { httpPort?: number | string; lambdaPort?: number | string; location?: string } };
    resources?: Template;
    functions: Record<string, FunctionDefinition>;
  };
  configurationInput: { stepFunctions?: unknown };
  configSchemaHandler: { validateConfig(configuration: unknown): Promise<void> };
  pluginManager: {
    plugins: unknown[];
    hooks: Record<string, { pluginName: string; hook: () => Promise<void> }[]>;
  };
  getProvider(name: 'aws'): { naming: { getLambdaLogicalId(functionKey: string): string } };
}

/** serverless-offline offers this for tests. */
export interface OfflinePlugin {
  internals(): { getApiGatewayServer(): HapiServer };
}

export interface PluginUtils {
  log: { notice(line: string): void; warning(line: string): void; error(line: string): void };
}
