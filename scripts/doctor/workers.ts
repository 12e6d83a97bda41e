import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { BadInput } from '../endpoints.ts';

const ROOT = join(import.meta.dirname, '../..');

type Environment = Readonly<Record<string, string | undefined>>;
type Trigger = { readonly sqs?: { readonly maximumConcurrency?: number | string } };
type Functions = Readonly<Record<string, { readonly events?: readonly Trigger[] }>>;
export type Parameters = Readonly<Record<string, string | number>>;
export type Worker = { readonly name: string; readonly most: number };

/** The parameters of a stage, as `serverless deploy --param` changes them. @throws BadInput for one that does not exist */
export function parametersOf(stage: string, given: readonly string[]): Parameters {
  const { params } = parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8')) as {
    params: Record<string, Parameters>;
  };
  const known = { ...params.default, ...params[stage] };
  const changes = given.map((each) => {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(each) ?? [];
    if (known[name] === undefined) throw new BadInput(`There is no parameter ${name || each}: see serverless.yml.`);
    return [name, value] as const;
  });
  return { ...known, ...Object.fromEntries(changes) };
}

/** How many invocations queues and the state machine may run at once. */
export function workersOf(parameters: Parameters, env: Environment): Worker[] {
  const files = globSync('functions/*/functions.yml', { cwd: ROOT }).sort();
  const functions = files.flatMap((file) => Object.entries(parse(readFileSync(join(ROOT, file), 'utf8')) as Functions));
  const ofQueues = functions.flatMap(([name, { events = [] }]) => {
    const triggers = events.flatMap(({ sqs }) => (sqs ? [resolved(sqs.maximumConcurrency, parameters, env)] : []));
    return triggers.length === 0 ? [] : [{ name, most: triggers.reduce((sum, each) => sum + each) }];
  });
  return [...ofQueues, { name: 'settleChunk', most: Number(parameters.settleConcurrency) }];
}

/** A number, or `${env:NAME, param:name}` as in functions.yml. */
function resolved(text: number | string | undefined, parameters: Parameters, env: Environment): number {
  const [, variable = ''] = /env:(\w+)/.exec(`${text}`) ?? [];
  const [, name = ''] = /param:(\w+)/.exec(`${text}`) ?? [];
  return Number(env[variable] ?? parameters[name] ?? text);
}
