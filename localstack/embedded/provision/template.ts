/** A compiled CloudFormation template and its intrinsic functions. */

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
}

export interface Template {
  Resources: Record<string, Resource>;
  Parameters?: Record<string, { Default?: unknown }>;
}

/** Names and ARNs of resources are derived from it. */
export interface StackLocation {
  region: string;
  accountId: string;
  stackName: string;
  /** Base of queue URLs, without a trailing slash. */
  endpoint: string;
}

/** A resource type: the property with its name, and the results of Ref and Fn::GetAtt. */
interface ResourceType {
  nameProperty: string;
  ref?: string;
  attributes: Record<string, string>;
}

const arn = (service: string, resource: string) => `arn:aws:${service}:{region}:{account}:${resource}`;
const QUEUE_URL = '{endpoint}/{account}/{name}';

const TYPES: Record<string, ResourceType> = {
  'AWS::DynamoDB::Table': {
    nameProperty: 'TableName',
    // A real stream ARN ends with the time when the stream was enabled, which only the table knows.
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
  'AWS::KMS::Key': { nameProperty: 'KeyId', attributes: { Arn: arn('kms', 'key/{name}') } },
  'AWS::IAM::Role': { nameProperty: 'RoleName', attributes: { Arn: 'arn:aws:iam::{account}:role/{name}' } },
};

export class Resolver {
  readonly #template: Template;
  readonly #location: StackLocation;

  constructor(template: Template, location: StackLocation) {
    this.#template = template;
    this.#location = location;
  }

  /** All resources of a type, with resolved properties and with their given or generated names. */
  resources(type: string): { logicalId: string; name: string; properties: Record<string, unknown> }[] {
    const found = Object.entries(this.#template.Resources).filter(([, resource]) => resource.Type === type);
    return found.map(([logicalId, resource]) => ({
      logicalId,
      name: TYPES[type] === undefined ? logicalId : this.#nameOf(logicalId),
      properties: this.resolve(resource.Properties ?? {}) as Record<string, unknown>,
    }));
  }

  /** @throws Error that names an unsupported function or attribute. */
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
        throw new Error(`${name} is not supported locally`);
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
    const { region, accountId, stackName } = this.#location;
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
    return this.#fill(this.#typeOf(name).ref ?? '{name}', name);
  }

  #attribute(logicalId: string, attribute: string): string {
    const pattern = this.#typeOf(logicalId).attributes[attribute];
    if (pattern === undefined) throw new Error(`${logicalId}.${attribute} is not supported locally`);
    return this.#fill(pattern, logicalId);
  }

  #typeOf(logicalId: string): ResourceType {
    const resource = this.#template.Resources[logicalId];
    if (resource === undefined) throw new Error(`the template does not define ${logicalId}`);
    const type = TYPES[resource.Type];
    if (type === undefined) throw new Error(`references to ${logicalId} (${resource.Type}) are not supported locally`);
    return type;
  }

  #nameOf(logicalId: string): string {
    const { nameProperty } = this.#typeOf(logicalId);
    const { Type, Properties } = this.#template.Resources[logicalId] ?? {};
    const given = this.resolve(Properties?.[nameProperty]);
    if (given !== undefined) return String(given);
    const derived = `${this.#location.stackName}-${logicalId}`;
    return Type === 'AWS::S3::Bucket' ? derived.toLowerCase() : derived;
  }

  #fill(pattern: string, logicalId: string): string {
    const { region, accountId, endpoint } = this.#location;
    const values: Record<string, string> = { region, account: accountId, endpoint, name: this.#nameOf(logicalId) };
    return pattern.replaceAll(/\{(\w+)\}/g, (_whole, key: string) => values[key] ?? '');
  }
}
