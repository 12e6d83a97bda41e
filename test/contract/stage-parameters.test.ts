import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..');

describe('the parameters of a stage', () => {
  type Parameters = Readonly<Record<string, string | number>>;
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
  const { params } = parse(read('serverless.yml')) as { params: { default: Parameters } & Record<string, Parameters> };
  const files = [
    'serverless.yml',
    ...['resources', 'functions'].flatMap((directory) =>
      readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.yml$/.test(file))
        .map((file) => join(directory, file)),
    ),
  ];
  const sources = files.map(read).join('\n');

  it.each(Object.keys(params))(
    '%s: changes only parameters that have a default, to values of the same type',
    (stage) => {
      for (const [name, value] of Object.entries(params[stage] ?? {})) {
        expect(typeof value, name).toBe(typeof params.default[name]);
        if (stage !== 'default') expect(value, name).not.toBe(params.default[name]);
      }
    },
  );

  it.each(Object.keys(params))('%s: has worker counts that AWS accepts', (stage) => {
    const { chunkWorkers, withdrawalWorkers, settleConcurrency } = { ...params.default, ...params[stage] };
    for (const workers of [chunkWorkers, withdrawalWorkers]) {
      expect(workers).toBeGreaterThanOrEqual(2);
      expect(workers).toBeLessThanOrEqual(1_000);
    }
    expect(settleConcurrency).toBeGreaterThanOrEqual(1);
    expect(settleConcurrency).toBeLessThanOrEqual(40);
  });

  it('are all used, and all used parameters exist', () => {
    const computed = globSync('resources/*.cjs', { cwd: ROOT }).map(read).join('\n');
    const used = [
      ...sources.matchAll(/\$\{[^}]*\bparam:(\w+)/g),
      ...computed.matchAll(/resolveVariable\('param:(\w+)/g),
      ...['stage', 'storage', 'vpc'].flatMap((file) => [
        ...(/NAMES = \[([^\]]+)\]/.exec(read(`resources/${file}.cjs`))?.[1] ?? '').matchAll(/'(\w+)'/g),
      ]),
    ].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual(Object.keys(params.default).sort());
  });

  it('are the only difference: everything else uses the stage in names only', () => {
    // STAGE is in the prefix of the secrets of keys.
    const others = sources.replace(
      /\$\{self:service\}-\$\{sls:stage\}-|STAGE: \$\{sls:stage\}|\$\{opt:stage, 'local'\}/g,
      '',
    );
    expect(others.match(/\b(sls|opt):stage/g)).toEqual(null);
  });
});
