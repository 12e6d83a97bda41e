/**
 * Checks that the engine can run a state machine. aws-local-stepfunctions silently ignores parts of the Amazon States Language.
 * A machine that uses them is refused at registration, instead of running differently than on AWS.
 */

export interface State {
  Type: string;
  Resource?: string;
  Branches?: Machine[];
  ItemProcessor?: Machine & { ProcessorConfig?: { Mode?: string } };
  Iterator?: Machine;
  [field: string]: unknown;
}

export interface Machine {
  StartAt: string;
  States: Record<string, State>;
  [field: string]: unknown;
}

const REFUSED_FIELDS: Record<string, string> = {
  Assign: 'workflow variables are not supported',
  Arguments: 'it belongs to JSONata',
  Output: 'it belongs to JSONata',
  ItemReader: 'reading items from S3 is not supported, plan the chunks in a step',
  ItemBatcher: 'batching is not supported, plan the chunks in a step',
  ResultWriter: 'writing results to S3 is not supported',
  ToleratedFailureCount: 'tolerated failures are not supported',
  ToleratedFailurePercentage: 'tolerated failures are not supported',
  ToleratedFailureCountPath: 'tolerated failures are not supported',
  ToleratedFailurePercentagePath: 'tolerated failures are not supported',
  HeartbeatSeconds: 'heartbeats are not supported',
};

const LAMBDA_ARN = /^arn:[^:]+:lambda:[^:]*:[^:]*:function:.+/;

export const LAMBDA_INVOKE = /^arn:[^:]+:states:::lambda:invoke$/;

/** The unsupported parts of a machine, each with its state and field. */
export function unsupported(machine: Machine): string[] {
  const found: string[] = [];
  if (machine.QueryLanguage === 'JSONata') found.push('QueryLanguage: JSONata is not supported, use JSONPath');
  for (const [name, state] of allStates(machine)) {
    const refuse = (field: string, reason: string) => found.push(`${name}.${field}: ${reason}`);
    if (state.QueryLanguage === 'JSONata') refuse('QueryLanguage', 'JSONata is not supported, use JSONPath');
    for (const [field, reason] of Object.entries(REFUSED_FIELDS)) if (field in state) refuse(field, reason);
    if (state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED') {
      refuse('ItemProcessor', 'a distributed Map is not supported, use an inline one');
    }
    if (state.Type === 'Task' && !LAMBDA_ARN.test(state.Resource ?? '') && !LAMBDA_INVOKE.test(state.Resource ?? '')) {
      refuse('Resource', `only Lambda functions and arn:aws:states:::lambda:invoke can be run, not ${state.Resource}`);
    }
    if (JSON.stringify(withoutNested(state)).includes('$$.Task.Token')) {
      refuse('Parameters', 'task tokens are not supported');
    }
  }
  return found;
}

/** All states of the machine, including nested ones. ASL requires unique names. */
export function allStates(machine: Machine): [name: string, state: State][] {
  return Object.entries(machine.States ?? {}).flatMap(([name, state]) => {
    const nested = [...(state.Branches ?? []), state.ItemProcessor, state.Iterator].filter(
      (inner) => inner !== undefined,
    );
    return [[name, state] as [string, State], ...nested.flatMap(allStates)];
  });
}

function withoutNested({ Branches: _, ItemProcessor: __, Iterator: ___, ...own }: State): Record<string, unknown> {
  return own;
}
