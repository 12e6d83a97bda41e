import type { Resolver } from '../provision/template.ts';
import type { Serverless } from './serverless.ts';

/** Resolves intrinsic functions in the environment variables of all functions, as CloudFormation does on AWS. */
export function resolveEnvironment({ service }: Serverless, resolver: Resolver): void {
  for (const owner of [service.provider, ...Object.values(service.functions)]) {
    if (owner.environment === undefined) continue;
    owner.environment = resolver.resolve(owner.environment) as Record<string, unknown>;
  }
}
