/** Environment variables that refer to resources, which CloudFormation resolves on AWS and nobody does locally. */

import type { Resolver } from '../provision/template.ts';
import type { Serverless } from './serverless.ts';

/** Puts what `Ref` and the like stand for into the environments of the service's functions. */
export function resolveEnvironment({ service }: Serverless, resolver: Resolver): void {
  for (const owner of [service.provider, ...Object.values(service.functions)]) {
    if (owner.environment === undefined) continue;
    owner.environment = resolver.resolve(owner.environment) as Record<string, unknown>;
  }
}
