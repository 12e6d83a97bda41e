/** The service's CloudFormation, compiled in this process without packaging a function. */

import type { Template } from '../provision/template.ts';
import type { Serverless } from './serverless.ts';

/**
 * The resources of serverless.yml, the state machines compiled by their plugin, and of each function what others refer
 * to: its name. Routes, permissions, roles and triggers are left out; serverless-offline and the pollers read those
 * from the configuration. Takes a few milliseconds, where `serverless package` takes seconds.
 */
export async function compiledTemplate(serverless: Serverless): Promise<Template> {
  const { service } = serverless;
  return {
    Resources: {
      ...functionNames(serverless),
      ...(await stateMachines(serverless)),
      ...service.resources?.Resources,
    },
    Parameters: { ...service.resources?.Parameters },
  };
}

function functionNames(serverless: Serverless): Template['Resources'] {
  const { naming } = serverless.getProvider('aws');
  const functions = Object.entries(serverless.service.functions).map(([key, { name }]) => [
    naming.getLambdaLogicalId(key),
    { Type: 'AWS::Lambda::Function', Properties: { FunctionName: name } },
  ]);
  return Object.fromEntries(functions);
}

async function stateMachines(serverless: Serverless): Promise<Template['Resources']> {
  if (serverless.configurationInput.stepFunctions === undefined) return {};
  const compiled: Template & { Outputs: object } = { Resources: {}, Outputs: {} };
  serverless.service.provider.compiledCloudFormationTemplate = compiled;
  for (const event of ['package:initialize', 'package:compileFunctions']) {
    for (const { pluginName, hook } of serverless.pluginManager.hooks[event] ?? []) {
      if (pluginName === 'ServerlessStepFunctions') await hook();
    }
  }
  return compiled.Resources;
}
