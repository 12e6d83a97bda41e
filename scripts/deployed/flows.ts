import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../..');

/** What vitest reports, with --reporter=json. */
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ title: z.string(), status: z.string(), duration: z.number().nullish(), fullName: z.string() }),
      ),
    }),
  ),
});

export type Flow = { readonly name: string; readonly status: string; readonly seconds: number };

/** @param pid the server whose Lambda processes the tests may kill @returns the exit code of the tests, and what ran */
export async function runFlows(
  dataDir: string,
  { all }: { all?: boolean },
  pid?: number,
): Promise<{ code: number; flows: readonly Flow[] }> {
  const report = join(dataDir, 'flows.json');
  const projects = ['--project=deployed', ...(all ? ['--project=sharing'] : [])];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...projects, ...reporters], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, SLUICE_RUNNING: dataDir, ...(pid === undefined ? {} : { SLUICE_LAMBDA_SERVER: `${pid}` }) },
  });
  const [code] = await once(child, 'exit');
  const { testResults } = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
  const flows = testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ fullName, status, duration }) => ({
      name: fullName,
      status,
      seconds: (duration ?? 0) / 1_000,
    })),
  );
  return { code: code ?? 1, flows };
}
