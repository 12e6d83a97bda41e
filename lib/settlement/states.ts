import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Workflow } from './ports.ts';

/** @param machine ARN of the state machine */
export function statesWorkflow(client: SFNClient, machine: string): Workflow {
  return {
    async start(id) {
      try {
        await client.send(
          new StartExecutionCommand({ stateMachineArn: machine, name: id, input: JSON.stringify({ job_id: id }) }),
        );
      } catch (error) {
        // The execution has ended. (While it runs, the same input is no error.)
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },

    async state(id) {
      const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${id}`;
      try {
        const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
        return status === 'RUNNING' ? 'running' : 'ended';
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return 'missing';
        throw error;
      }
    },
  };
}
