import { GetRolePolicyCommand, IAMClient, paginateListRolePolicies } from '@aws-sdk/client-iam';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { awsOf } from '../aws.ts';
import type { Statement } from './grants.ts';

/** Of the names of all functions. */
export const PREFIX = 'sluice-local-';

type Policy = {
  readonly Statement: readonly {
    readonly Action: string | readonly string[];
    readonly Resource: string | readonly string[];
    readonly Condition?: { readonly 'ForAllValues:StringLike': { readonly 'dynamodb:LeadingKeys': readonly string[] } };
  }[];
};

/** The statements of the role of each function of the stack, by the name of the function as in serverless.yml. */
export async function rolesOfFunctions(endpoint: string): Promise<Map<string, Statement[]>> {
  const [lambda, iam] = [new LambdaClient(awsOf({ aws: endpoint })), new IAMClient(awsOf({ aws: endpoint }))];
  const roles = new Map<string, Statement[]>();
  try {
    for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {})) {
      for (const { FunctionName = '', Role = '' } of Functions) {
        if (!FunctionName.startsWith(PREFIX)) continue;
        roles.set(FunctionName.slice(PREFIX.length), await statementsOf(iam, Role.split('/').at(-1) ?? ''));
      }
    }
    return roles;
  } finally {
    lambda.destroy();
    iam.destroy();
  }
}

async function statementsOf(client: IAMClient, RoleName: string): Promise<Statement[]> {
  const statements: Statement[] = [];
  for await (const { PolicyNames = [] } of paginateListRolePolicies({ client }, { RoleName })) {
    for (const PolicyName of PolicyNames) {
      const { PolicyDocument = '' } = await client.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument)) as Policy;
      statements.push(...Statement.map(statementOf));
    }
  }
  return statements;
}

function statementOf({ Action, Resource, Condition }: Policy['Statement'][number]): Statement {
  const partitions = Condition?.['ForAllValues:StringLike']['dynamodb:LeadingKeys'];
  return {
    actions: [Action].flat(),
    resources: [Resource].flat(),
    ...(partitions ? { partitions: [partitions].flat() } : {}),
  };
}
