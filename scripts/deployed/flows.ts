import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../..');

/** What vitest reports, with --reporter=json. */
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(z.object({ status: z.string(), duration: z.number().nullish(), fullName: z.string() })),
    }),
  ),
});

export type Flow = { readonly name: string; readonly status: string; readonly seconds: number };
export type Suite = {
  /** Its path in the repository. */
  readonly file: string;
  /** Also if it could not be loaded, and has no tests. */
  readonly hasFailed: boolean;
  readonly seconds: number;
  readonly flows: readonly Flow[];
};
export type Ran = { readonly code: number; readonly suites: readonly Suite[] };

const NOT_RUN = / \(not run: (.*)\)$/;
/** Why a test was not run, from its name (test/support/where.ts). */
export const reasonOf = ({ name }: Flow): string | undefined => NOT_RUN.exec(name)?.[1];
export const nameOf = ({ name }: Flow): string => name.replace(NOT_RUN, '');
export const isSkipped = ({ status }: Flow): boolean => status !== 'passed' && status !== 'failed';

/** @param pid the server whose Lambda processes the tests may kill @returns the exit code of the tests, and what ran */
export async function runFlows(dataDir: string, { all }: { all?: boolean }, pid?: number): Promise<Ran> {
  const report = join(dataDir, 'flows.json');
  const projects = ['deployed', ...(all ? ['sharing', 'deployed-end'] : [])].map((name) => `--project=${name}`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...projects, ...reporters], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, SLUICE_RUNNING: dataDir, ...(pid === undefined ? {} : { SLUICE_LAMBDA_SERVER: `${pid}` }) },
  });
  const [code] = await once(child, 'exit');
  const { testResults } = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
  const suites = testResults.map(({ name, status, startTime, endTime, assertionResults }) => ({
    file: relative(ROOT, name),
    hasFailed: status === 'failed',
    seconds: (endTime - startTime) / 1_000,
    flows: assertionResults.map(({ fullName, status, duration }) => ({
      name: fullName,
      status,
      seconds: (duration ?? 0) / 1_000,
    })),
  }));
  const silent = suites.flatMap(({ flows }) => flows).filter((flow) => isSkipped(flow) && !reasonOf(flow));
  for (const { name } of silent) console.error(`Not run, without a reason: ${name}`);
  return { code: code || Number(silent.length > 0), suites };
}
