/** Tables that were restored from a backup, under the names of the stage with a suffix. */

import { type Resource, replaceReferences, type Template } from './template.ts';

const TABLE = 'AWS::DynamoDB::Table';
/** An output of the data stack: the suffix of the tables that the stage uses. */
const OUTPUT = 'RestoredTables';
const ref = (name: string) => ({ Ref: `AWS::${name}` });

/** The template of a stage that uses restored tables. @param suffix of their names; none: '' @param stream the ARN, if they are not adopted */
export function withRestoredTables(template: Template, suffix: string, adopted: boolean, stream: string): Template {
  if (suffix === '') return template;
  if (!/^-[a-z0-9]+$/.test(suffix))
    throw new Error(`restoredTables must be a hyphen and small letters or digits: ${suffix}`);
  const { Outputs, ...rest } = adopted
    ? adoptRestoredTables(template, suffix)
    : useRestoredTables(template, suffix, stream);
  return { ...rest, Outputs: { ...Outputs, [OUTPUT]: { Value: suffix } } };
}

/** @throws Error if a deployment without the suffix would let the application use the tables of before the restore */
export function assertSameTables(before: Template | undefined, wanted: Template): void {
  const [used, next] = [before, wanted].map((template) => template?.Outputs?.[OUTPUT]?.Value);
  if (used === undefined || next !== undefined) return;
  throw new Error(
    `The stage uses the restored tables ${used}: set SLUICE_RESTORED_TABLES=${used}. See docs/runbook.md.`,
  );
}

/** Uses restored tables that no stack has: by their names, and the stream by its ARN. Tables of the template stay as they are. */
export function useRestoredTables(template: Template, suffix: string, stream: string): Template {
  return replaceReferences(template, ({ id, attribute }, as) => {
    const { Type, Properties } = template.Resources[id] ?? {};
    if (Type !== TABLE) return as;
    const name = `${Properties?.TableName}${suffix}`;
    if (attribute === undefined) return name;
    if (attribute === 'Arn') return arnOf(name);
    if (stream.includes(`:table/${name}/stream/`)) return stream;
    throw new Error(`The parameter restoredStream must be the ARN of the stream of ${name}.`);
  });
}

const arnOf = (name: string) => ({
  'Fn::Join': [':', ['arn', ref('Partition'), 'dynamodb', ref('Region'), ref('AccountId'), `table/${name}`]],
});

/**
 * Has the restored tables in place of those of before, under logical ids of their own: CloudFormation imports them into the stack, and retains
 * the others.
 */
export function adoptRestoredTables(template: Template, suffix: string): Template {
  const isTable = (id: string) => template.Resources[id]?.Type === TABLE;
  const renamed = (id: string) => `${id}${suffix.replaceAll(/\W/g, '').toUpperCase()}`;
  const moved = replaceReferences(template, ({ id, attribute }, as) => {
    if (!isTable(id)) return as;
    return attribute === undefined ? { Ref: renamed(id) } : { 'Fn::GetAtt': [renamed(id), attribute] };
  });
  const named = ([id, resource]: [string, Resource]): [string, Resource] => {
    if (!isTable(id)) return [id, resource];
    const TableName = `${resource.Properties?.TableName}${suffix}`;
    return [renamed(id), { ...resource, Properties: { ...resource.Properties, TableName } }];
  };
  return { ...moved, Resources: Object.fromEntries(Object.entries(moved.Resources).map(named)) };
}
