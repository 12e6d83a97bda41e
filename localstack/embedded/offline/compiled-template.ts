/** The CloudFormation template of the service, compiled without packaging functions. */

import type { Template } from '../provision/template.ts';
import type { Serverless } from './serverless.ts';

/**
 * Contains the resources of serverless.yml, the state machines compiled by their plugin, and the names of functions. It lacks
 * routes, permissions, roles and triggers: serverless-offline and the pollers read those from the configuration. Takes
 * milliseconds; `serverless package` takes seconds.
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
