/** A compiled CloudFormation template, and the intrinsic functions its resources are written with. */

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
}

export interface Template {
  Resources: Record<string, Resource>;
  Parameters?: Record<string, { Default?: unknown }>;
}

/** Where the resources live; names and ARNs follow from it. */
export interface Place {
  region: string;
  accountId: string;
  stackName: string;
  /** Base of queue URLs, without a trailing slash. */
  endpoint: string;
}

/** Which property holds the name of each kind, and what Ref and Fn::GetAtt answer. */
interface Kind {
  nameProperty: string;
  ref?: string;
  attributes: Record<string, string>;
}

const arn = (service: string, resource: string) => `arn:aws:${service}:{region}:{account}:${resource}`;
const QUEUE_URL = '{endpoint}/{account}/{name}';

const KINDS: Record<string, Kind> = {
  'AWS::DynamoDB::Table': {
    nameProperty: 'TableName',
    // The last part of a stream's ARN is when it was enabled, which only the table itself can tell.
    attributes: { Arn: arn('dynamodb', 'table/{name}'), StreamArn: arn('dynamodb', 'table/{name}/stream/latest') },
  },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    ref: QUEUE_URL,
    attributes: { Arn: arn('sqs', '{name}'), QueueName: '{name}', QueueUrl: QUEUE_URL },
  },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    ref: arn('sns', '{name}'),
    attributes: { TopicArn: arn('sns', '{name}'), TopicName: '{name}' },
  },
  'AWS::S3::Bucket': { nameProperty: 'BucketName', attributes: { Arn: 'arn:aws:s3:::{name}' } },
  'AWS::StepFunctions::StateMachine': {
    nameProperty: 'StateMachineName',
    ref: arn('states', 'stateMachine:{name}'),
    attributes: { Arn: arn('states', 'stateMachine:{name}'), Name: '{name}' },
  },
  'AWS::Lambda::Function': {
    nameProperty: 'FunctionName',
    attributes: { Arn: arn('lambda', 'function:{name}') },
  },
  'AWS::IAM::Role': { nameProperty: 'RoleName', attributes: { Arn: 'arn:aws:iam::{account}:role/{name}' } },
};

export class Resolver {
  readonly #template: Template;
  readonly #place: Place;

  constructor(template: Template, place: Place) {
    this.#template = template;
    this.#place = place;
  }

  /** Every resource of a type, its properties resolved, its name given or derived as CloudFormation would. */
  resources(type: string): { logicalId: string; name: string; properties: Record<string, unknown> }[] {
    const found = Object.entries(this.#template.Resources).filter(([, resource]) => resource.Type === type);
    return found.map(([logicalId, resource]) => ({
      logicalId,
      name: KINDS[type] === undefined ? logicalId : this.#nameOf(logicalId),
      properties: this.resolve(resource.Properties ?? {}) as Record<string, unknown>,
    }));
  }

  /** @throws Error that names the function or the attribute this resolver does not know. */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item)).filter((item) => item !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [key = '', argument] = entries[0] ?? [];
    if (entries.length === 1 && key === 'Ref') return this.#ref(String(argument));
    if (entries.length === 1 && key.startsWith('Fn::')) return this.#intrinsic(key, argument);
    const resolved = entries.map(([name, item]) => [name, this.resolve(item)] as const);
    return Object.fromEntries(resolved.filter(([, item]) => item !== undefined));
  }

  #intrinsic(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Fn::GetAtt': {
        const path = typeof argument === 'string' ? argument.split('.') : (argument as string[]);
        return this.#attribute(path[0] ?? '', path.slice(1).join('.'));
      }
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown];
        return (this.resolve(parts) as unknown[]).join(separator);
      }
      case 'Fn::Sub':
        return this.#substitute(argument as string | [string, Record<string, unknown>]);
      default:
        throw new Error(`${name} is not understood by the local provisioning`);
    }
  }

  #substitute(argument: string | [string, Record<string, unknown>]): string {
    const [text, variables] = typeof argument === 'string' ? [argument, {}] : argument;
    return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in variables) return String(this.resolve(variables[name]));
      const dot = name.indexOf('.');
      return String(dot < 0 ? this.#ref(name) : this.#attribute(name.slice(0, dot), name.slice(dot + 1)));
    });
  }

  #ref(name: string): unknown {
    const { region, accountId, stackName } = this.#place;
    const pseudo: Record<string, unknown> = {
      'AWS::Region': region,
      'AWS::AccountId': accountId,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stackName,
      'AWS::NoValue': undefined,
    };
    if (name in pseudo) return pseudo[name];
    const parameter = this.#template.Parameters?.[name];
    if (parameter !== undefined) return parameter.Default;
    return this.#fill(this.#kindOf(name).ref ?? '{name}', name);
  }

  #attribute(logicalId: string, attribute: string): string {
    const pattern = this.#kindOf(logicalId).attributes[attribute];
    if (pattern === undefined) throw new Error(`${logicalId}.${attribute} is not known to the local provisioning`);
    return this.#fill(pattern, logicalId);
  }

  #kindOf(logicalId: string): Kind {
    const resource = this.#template.Resources[logicalId];
    if (resource === undefined) throw new Error(`the template refers to ${logicalId}, which it does not define`);
    const kind = KINDS[resource.Type];
    if (kind === undefined) throw new Error(`${logicalId} (${resource.Type}) cannot be referred to locally`);
    return kind;
  }

  #nameOf(logicalId: string): string {
    const { nameProperty } = this.#kindOf(logicalId);
    const { Type, Properties } = this.#template.Resources[logicalId] ?? {};
    const given = this.resolve(Properties?.[nameProperty]);
    if (given !== undefined) return String(given);
    const derived = `${this.#place.stackName}-${logicalId}`;
    return Type === 'AWS::S3::Bucket' ? derived.toLowerCase() : derived;
  }

  #fill(pattern: string, logicalId: string): string {
    const { region, accountId, endpoint } = this.#place;
    const values: Record<string, string> = { region, account: accountId, endpoint, name: this.#nameOf(logicalId) };
    return pattern.replaceAll(/\{(\w+)\}/g, (_whole, key: string) => values[key] ?? '');
  }
}
