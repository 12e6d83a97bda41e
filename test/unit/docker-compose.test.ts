import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../../localstack/embedded/ports.ts';
import { NEEDED } from '../../localstack/external/health.ts';

type ComposeService = {
  image: string;
  command?: string[];
  ports: string[];
  volumes: string[];
  networks: string[];
  environment: Record<string, string | number>;
  healthcheck: { test: string[] };
};

const ROOT = join(import.meta.dirname, '..', '..');
const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')) as {
  services: { localstack: ComposeService; bank: ComposeService };
  volumes: Record<string, unknown>;
  networks: Record<string, { name: string }>;
};
const { localstack, bank } = compose.services;

it('pins the last LocalStack that needs no account, and allows another server', () => {
  expect(localstack.image).toBe(`\${EMULATOR_IMAGE:-localstack/localstack:4.14.0}`);
  expect(localstack.healthcheck.test.at(-1)).toBe('http://localhost:4566/_localstack/health');
});

it('enables every service of the templates and of a deployment', () => {
  const enabled = String(localstack.environment.SERVICES).split(',');
  const texts = readdirSync(join(ROOT, 'resources')).map((file) => readFileSync(join(ROOT, 'resources', file), 'utf8'));
  const types = texts.flatMap((text) =>
    [...text.matchAll(/AWS::(\w+)::/g)].map(([, service = '']) => service.toLowerCase()),
  );
  const deployment = ['cloudformation', 'lambda', 'apigateway', 'events', 'logs', 'iam', 'kms', 'sts'];
  // Parameters leave these out in the stage local.
  const left = ['backup', 'cloudfront', 'ec2', 'wafv2'];
  const wanted = new Set([...types, ...deployment, ...NEEDED].filter((service) => !left.includes(service)));
  expect([...wanted].filter((service) => !enabled.includes(service))).toEqual([]);
  expect(localstack.environment.DYNAMODB_REMOVE_EXPIRED_ITEMS).toBe(1);
});

it('mounts hooks that are executable shell scripts', () => {
  const mount = localstack.volumes.find((volume) => volume.includes('/etc/localstack/init/ready.d'));
  const directory = join(ROOT, mount?.split(':')[0] ?? '');
  const hooks = readdirSync(directory);
  expect(hooks.length).toBeGreaterThan(0);
  for (const hook of hooks) {
    accessSync(join(directory, hook), constants.X_OK);
    execFileSync('sh', ['-n', join(directory, hook)]);
  }
});

it('opens its ports to this machine only, and declares its volumes', () => {
  for (const { ports, volumes, networks } of [localstack, bank]) {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    const sources = volumes.map((volume) => volume.split(':')[0] ?? '').filter((source) => /^\w/.test(source));
    expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(sources));
    expect(networks).toEqual(['sluice']);
  }
  expect(compose.networks.sluice?.name).toBe(localstack.environment.LAMBDA_DOCKER_NETWORK);
});

it('runs the mock bank on the Node of this project, with its ledger on a volume and a health check', async () => {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(bank.image).toBe(`node:${devDependencies.node.split('.')[0]}`);
  expect(bank.volumes).toContain('ledger:/ledger');

  const ledger = mkdtempSync(join(tmpdir(), 'sluice-ledger-'));
  const port = String(await freePort());
  const here = (text: string) => text.replace('/ledger/', `${ledger}/`).replace('4600', port);
  const [, ...command] = (bank.command ?? []).map(here);
  expect(command).toEqual(expect.arrayContaining(['--host', '0.0.0.0']));
  const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(ledger, { recursive: true });
  });
  const [, node, ...check] = bank.healthcheck.test.map(here);
  expect(node).toBe('node');
  expect(() => execFileSync(process.execPath, check, { stdio: 'ignore' })).toThrow(); // not running yet
  await once(child.stdout, 'data');
  execFileSync(process.execPath, check);
  expect(existsSync(join(ledger, 'bank.db'))).toBe(true);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
