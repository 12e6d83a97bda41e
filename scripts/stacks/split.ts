import { createHash } from 'node:crypto';
import { type Output, type Reference, type Resource, replaceReferences, type Template } from './template.ts';

/** In the order of deployment: a stack may refer to those before it. */
export const STACKS = ['data', 'application', 'operations'] as const;
export type Stack = (typeof STACKS)[number];

/** What outlives the application: all that has state, the logs, and the network, whose addresses rails know. */
const DATA = /^AWS::(DynamoDB|KMS|SQS|SNS|S3|Backup|SecretsManager|EC2|Logs::LogGroup$)/;
const OPERATIONS = /^AWS::(CloudWatch|Logs::(MetricFilter|QueryDefinition)$)/;

/** By logical id: what its type would put into the wrong stack. */
const EXCEPTIONS: readonly (readonly [RegExp, Stack])[] = [
  [/^(Console|ServerlessDeployment)Bucket/, 'application'], // their files are made again from the repository
  [/^Operators/, 'operations'],
  [/^Backup/, 'data'], // the role too
];

/** Every other type is of the application. */
export function stackOf(id: string, { Type }: Resource): Stack {
  const exception = EXCEPTIONS.find(([pattern]) => pattern.test(id));
  if (exception) return exception[1];
  if (DATA.test(Type)) return 'data';
  return OPERATIONS.test(Type) ? 'operations' : 'application';
}

/** The name of the stack in CloudFormation. @param service the name of the application stack, as `sluice-prod` */
export const stackName = (service: string, stack: Stack) => (stack === 'application' ? service : `${service}-${stack}`);

/** The file of its template in a package. That of the application has the framework's own name. */
export const fileOf = (stack: Stack) =>
  `cloudformation-template-${stack === 'application' ? 'update-stack' : stack}.json`;

/**
 * The property that `Ref` returns. Names are written out: an import would keep the application from removing a function as long as
 * an alarm watches it.
 */
const NAMES: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
};

/**
 * Splits a template. A reference to another stack becomes `Fn::ImportValue`, and an output with an export there. Nothing else is exported.
 * @param service the name of the application stack
 * @throws Error that names a reference to a later stack
 */
export function splitTemplate(template: Template, service: string): Record<Stack, Template> {
  const outputs: Record<Stack, Record<string, Output>> = { data: {}, application: {}, operations: {} };

  function stackOfId(id: string): Stack | undefined {
    const resource = template.Resources[id];
    return resource && stackOf(id, resource);
  }

  function assertEarlier(from: string, in_: Stack, to: string, of: Stack): void {
    if (STACKS.indexOf(of) <= STACKS.indexOf(in_)) return;
    throw new Error(`${from} is in the ${in_} stack and cannot refer to ${to}, which is in the ${of} stack.`);
  }

  function imported({ id, attribute }: Reference, from: Stack): unknown {
    const { Type = '', Properties = {} } = template.Resources[id] ?? {};
    const name = attribute === undefined ? Properties[NAMES[Type] ?? ''] : undefined;
    if (typeof name === 'string') return name;
    const Name = [stackName(service, from), id, attribute ?? 'Ref'].join(':');
    const Value = attribute === undefined ? { Ref: id } : { 'Fn::GetAtt': [id, attribute] };
    outputs[from][`Export${id}${attribute ?? 'Ref'}`.replaceAll(/\W/g, '')] = { Value, Export: { Name } };
    return { 'Fn::ImportValue': Name };
  }

  function importing<Value>(value: Value, name: string, stack: Stack): Value {
    return replaceReferences(value, (found, as) => {
      const target = stackOfId(found.id);
      if (target === undefined || target === stack) return as;
      assertEarlier(name, stack, found.id, target);
      return imported(found, target);
    });
  }

  function partOf(stack: Stack): Record<string, Resource> {
    const own = Object.entries(template.Resources).filter(([id]) => stackOfId(id) === stack);
    return Object.fromEntries(
      own.map(([id, { DependsOn = [], ...resource }]) => {
        const moved = importing(resource, id, stack);
        const before = [DependsOn].flat().filter((other) => {
          assertEarlier(id, stack, other, stackOfId(other) ?? stack);
          return stackOfId(other) === stack; // an earlier stack is there
        });
        return [id, (before.length > 0 ? { ...moved, DependsOn: before } : moved) as Resource];
      }),
    );
  }

  /** The last stack that the value of the output refers to. */
  function stackOfOutput(output: Output): Stack {
    let last = 0;
    replaceReferences(output, ({ id }) => {
      last = Math.max(last, STACKS.indexOf(stackOfId(id) ?? 'data'));
    });
    return STACKS[last] ?? 'application';
  }

  const parts = STACKS.map((stack) => [stack, partOf(stack)] as const);
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    const stack = stackOfOutput(output);
    outputs[stack][name] = importing(output, name, stack);
  }
  const { Resources: _, Outputs: __, ...sections } = template;
  return Object.fromEntries(
    parts.map(([stack, own]) => {
      const Resources = stack === 'data' ? { ...own, ...markerOf(outputs.data) } : own;
      return [stack, { ...sections, Resources, Outputs: outputs[stack] }];
    }),
  ) as Record<Stack, Template>;
}

/** CloudFormation updates outputs only together with a resource: this one, which is nothing, has another id if they change. */
function markerOf(outputs: Readonly<Record<string, Output>>): Record<string, Resource> {
  const digest = createHash('sha256').update(JSON.stringify(outputs)).digest('hex').slice(0, 12);
  return { [`Outputs${digest}`]: { Type: 'AWS::CloudFormation::WaitConditionHandle', Properties: {} } };
}
