/** cfn-lint and checkov over compiled templates. Findings that stay are in resources/template-exceptions.yml, with their reason. */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { virtualEnvironment } from '../python.ts';
import { fileOf, STACKS } from '../stacks/split.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Of the application, the data and the operations. */
const TEMPLATES = STACKS.map(fileOf);
/** Of the account, not of a stage. */
const DEPLOYER = join(ROOT, '.github/deployer.yml');

type Finding = { readonly check: string; readonly on: string; readonly message: string };
type Exception = { readonly check: string; readonly on?: string; readonly reason: string };
type LintFinding = {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly string[] };
};
type Checkov = {
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly resource: string;
    }[];
  };
};

/** Installs both from PyPI, once. @returns the folder of their commands; undefined without Python */
export const installTemplateChecks = () =>
  virtualEnvironment(join(ROOT, '.template-checks'), join(import.meta.dirname, 'template-checks.txt'));

/** Prints what is found in the templates of packaged stages. @returns whether that is nothing */
export async function checkTemplates(commands: string, folders: readonly string[]): Promise<boolean> {
  const exceptions = parse(readFileSync(join(ROOT, 'resources/template-exceptions.yml'), 'utf8')) as Exception[];
  const templates = folders.flatMap((folder) => TEMPLATES.map((template) => join(folder, template)));
  const findings = await findingsIn(commands, [DEPLOYER, ...templates]);
  const excuses = ({ check, on = '' }: Exception, found: Finding) =>
    new RegExp(`^${check}$`).test(found.check) && new RegExp(on).test(found.on);
  const open = findings.filter((found) => !exceptions.some((each) => excuses(each, found)));
  const vain = exceptions.filter((each) => !findings.some((found) => excuses(each, found)));
  for (const { check, on, message } of open) console.log(`${check} ${on}: ${message}`);
  for (const { check, on = '' } of vain) console.log(`The exception of ${check} ${on} excuses nothing.`);
  console.log(`Templates: ${findings.length} findings, ${open.length} without a reason.`);
  return open.length + vain.length === 0;
}

async function findingsIn(commands: string, templates: readonly string[]): Promise<Finding[]> {
  const [lint, checkov] = await Promise.all([
    output<LintFinding[]>(join(commands, 'cfn-lint'), [...templates, '--format', 'json']),
    output<Checkov>(join(commands, 'checkov'), [
      '-f',
      ...templates,
      '--framework',
      'cloudformation',
      '--quiet',
      '--skip-download',
      '-o',
      'json',
    ]),
  ]);
  return [
    ...lint.map(({ Rule, Message, Location }) => ({ check: Rule.Id, on: Location.Path[1] ?? '', message: Message })),
    ...checkov.results.failed_checks.map(({ check_id, check_name, resource }) => ({
      check: check_id,
      on: resource.split('.').at(-1) ?? '',
      message: check_name,
    })),
  ];
}

/** Both exit with another code than 0 if they find something. */
async function output<Json>(command: string, args: readonly string[]): Promise<Json> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed = await text(child.stdout);
  try {
    return JSON.parse(printed) as Json;
  } catch {
    throw new Error(`${command} failed:\n${printed}`);
  }
}
