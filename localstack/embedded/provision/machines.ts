/** State machines from AWS::StepFunctions::StateMachine. */

import {
  CreateStateMachineCommand,
  DescribeStateMachineCommand,
  SFNClient,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import type { Outcome } from './report.ts';

const ROLE = 'arn:aws:iam::000000000000:role/local';

/** Creates the machine, or updates its definition. Running executions keep the old one. */
export async function provisionMachine(
  client: SFNClient,
  name: string,
  stateMachineArn: string,
  properties: Record<string, unknown>,
): Promise<Outcome> {
  const definition = definitionOf(properties);
  const roleArn = String(properties.RoleArn ?? ROLE);
  const current = await describe(client, stateMachineArn);
  if (current === undefined) {
    await client.send(new CreateStateMachineCommand({ name, definition, roleArn, type: 'STANDARD' }));
    return 'created';
  }
  if (current === definition) return 'kept';
  await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition, roleArn }));
  return 'updated';
}

function definitionOf(properties: Record<string, unknown>): string {
  const {
    DefinitionString,
    Definition,
    DefinitionSubstitutions = {},
  } = properties as {
    DefinitionString?: string;
    Definition?: object;
    DefinitionSubstitutions?: Record<string, string>;
  };
  const text = DefinitionString ?? JSON.stringify(Definition);
  return text.replaceAll(/\$\{(\w+)\}/g, (whole, key: string) => String(DefinitionSubstitutions[key] ?? whole));
}

async function describe(client: SFNClient, stateMachineArn: string): Promise<string | undefined> {
  try {
    return (await client.send(new DescribeStateMachineCommand({ stateMachineArn }))).definition;
  } catch (error) {
    if ((error as Error).name === 'StateMachineDoesNotExist') return undefined;
    throw error;
  }
}

export { SFNClient };
