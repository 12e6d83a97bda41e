import { execFile } from 'node:child_process';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPECTED_VERSION } from '../../lib/system/data-version.ts';
import { MIGRATIONS_KEY } from '../../lib/system/items.ts';
import type { Check } from '../../scripts/doctor/checks.ts';
import { certificate } from '../support/certificates.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { ScriptedServer } from '../support/http-server.ts';
import { SLUICE } from '../support/sluice-command.ts';

await givenADatabase();
const STAGE = 'examined';
const TableName = `sluice-${STAGE}-system`;

const COMPLETE = {
  SLUICE_BANK_URL: 'https://bank.example',
  SLUICE_GATEWAY_URL: 'https://gateway.example',
  SLUICE_CHAIN_URL: 'https://chain.example',
  ...{ BANK_SECRET: 'none', GATEWAY_SECRET: 'none', CHAIN_SECRET: 'none' },
  RAIL_NOTIFICATION_SECRETS: `whsec_${'A'.repeat(32)}`,
  AWS_REGION: 'eu-west-1',
};

const servers: ScriptedServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** Answers GetAccountSettings as Lambda does (Lambda API reference, 2016-08-19). */
async function lambdaOf(concurrent: number, reserved = 0): Promise<ScriptedServer> {
  const AccountLimit = {
    CodeSizeUnzipped: 262_144_000,
    CodeSizeZipped: 52_428_800,
    ConcurrentExecutions: concurrent,
    TotalCodeSize: 80_530_636_800,
    UnreservedConcurrentExecutions: concurrent - reserved,
  };
  const body = { AccountLimit, AccountUsage: { FunctionCount: 0, TotalCodeSize: 0 } };
  const server = await ScriptedServer.answering({ status: 200, body });
  servers.push(server);
  return server;
}

type Ran = { code: number; stdout: string; stderr: string };
function doctor(lambda: string, args: readonly string[] = [], env: Record<string, string> = COMPLETE): Promise<Ran> {
  const aws = {
    AWS_ENDPOINT_URL_LAMBDA: lambda,
    AWS_ENDPOINT_URL_DYNAMODB: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const options = { env: { PATH: process.env.PATH, ...aws, ...env } };
  return new Promise((resolve) =>
    execFile(process.execPath, [SLUICE, 'doctor', '--stage', STAGE, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    ),
  );
}

const checksIn = ({ stdout }: Ran): Record<string, Check> =>
  Object.fromEntries((JSON.parse(stdout).checks as Check[]).map((check) => [check.name, check]));

describe('sluice doctor', { timeout: 60_000 }, () => {
  it('warns before the first deployment, when there are no tables', async () => {
    const lambda = await lambdaOf(1_000);
    const ran = await doctor(lambda.url, ['--json']);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(checksIn(ran)['data version']).toMatchObject({ verdict: 'warning' });
    expect(lambda.received.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /2016-08-19/account-settings']);
  });

  describe('of a deployed stage', () => {
    const client = documentClient();
    const setVersion = (version: number, dirty = false) =>
      client.send(new PutCommand({ TableName, Item: { ...MIGRATIONS_KEY, version, dirty } }));
    beforeAll(async () => {
      const raw = new DynamoDBClient({});
      const keys = ['pk', 'sk'];
      await raw.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
        }),
      );
      raw.destroy();
      await setVersion(EXPECTED_VERSION);
    });
    afterAll(() => client.destroy());

    it('finds nothing in an account of 1,000 with all settings, and prints a table', async () => {
      const ran = await doctor((await lambdaOf(1_000)).url);
      expect(ran.code).toBe(0);
      expect(ran.stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 2).join(' '))).toEqual([
        'CHECK RESULT',
        'rails ok',
        'secrets ok',
        'region ok',
        'domain ok',
        'concurrency ok',
        'reserved ok',
        'data version ok',
        '',
      ]);
      expect(ran.stdout).toMatch(/workers take up to 166 of 1000 .*payChunk 10.*deliver 110.*settleChunk 20/);
    });

    it('says that a new account of 10 is too small, also for a reservation', async () => {
      const lambda = await lambdaOf(10);
      const ran = await doctor(lambda.url, ['--json', '--param', 'reservedConcurrency=5']);
      expect(ran.code).toBe(1);
      expect(checksIn(ran)).toMatchObject({
        concurrency: { verdict: 'failed', finding: expect.stringContaining('L-B99A9384') },
        reserved: { verdict: 'failed', finding: expect.stringContaining('10 cannot be reserved') },
      });
    });

    it('counts the parameters and reservations of others', async () => {
      const fewer = ['chunkWorkers=5', 'deliveryWorkers=20'].flatMap((each) => ['--param', each]);
      const ran = await doctor((await lambdaOf(1_000, 909)).url, ['--json', ...fewer]);
      expect([ran.code, checksIn(ran).concurrency]).toMatchObject([0, { verdict: 'ok' }]);
      expect(checksIn(ran).concurrency?.finding).toMatch(/^workers take up to 71 of 91 /);
      const domain = ['--param', 'domain=api.example'];
      const more = await doctor((await lambdaOf(1_000, 910)).url, ['--json', ...fewer, ...domain]);
      expect([more.code, checksIn(more)]).toMatchObject([
        1,
        { concurrency: { verdict: 'failed' }, domain: { verdict: 'failed' } },
      ]);
    });

    it('names what is missing or open, and data of another version', async () => {
      await setVersion(EXPECTED_VERSION - 1);
      const ran = await doctor((await lambdaOf(1_000)).url, ['--json'], { SLUICE_BANK_URL: 'http://bank.example' });
      expect(ran.code).toBe(1);
      expect(checksIn(ran)).toMatchObject({
        rails: {
          verdict: 'failed',
          finding: expect.stringMatching(
            /^SLUICE_BANK_URL must be an https URL, SLUICE_GATEWAY_URL is missing, SLUICE_CHAIN_URL is missing, BANK_SECRET is missing /,
          ),
        },
        secrets: { verdict: 'warning' },
        region: { verdict: 'failed' },
      });
      expect(checksIn(await doctor((await lambdaOf(1_000)).url, ['--json']))['data version']).toEqual({
        name: 'data version',
        verdict: 'failed',
        finding: `${EXPECTED_VERSION - 1}, this code expects ${EXPECTED_VERSION}: run npm run migrate -- up`,
      });
      await setVersion(EXPECTED_VERSION);
    });

    it('checks that the secrets of rails exist and are valid, without printing them', async () => {
      const hush = 'hush-hush-hush';
      const { cert, key } = await certificate('sluice', { notAfterDate: new Date(Date.now() + 20 * 24 * 3600_000) });
      const values = [
        { bearer: hush, tls: { cert, key } },
        { bearer: hush, basic: { username: 'sluice', password: hush } },
      ];
      const secrets = await ScriptedServer.answering(
        ...values.map((value) => ({ status: 200, body: { SecretString: JSON.stringify(value) } })),
        { status: 400, body: { __type: 'ResourceNotFoundException' } },
      );
      servers.push(secrets);
      const examine = async (setting: string) => {
        const names = { BANK_SECRET: 'none', GATEWAY_SECRET: 'none', CHAIN_SECRET: 'none', [setting]: 'prod/rail' };
        const env = { ...COMPLETE, ...names, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url };
        const ran = await doctor((await lambdaOf(1_000)).url, ['--json'], env);
        expect(`${ran.stdout}${ran.stderr}`).not.toMatch(/hush|PRIVATE/);
        return [ran.code, checksIn(ran)[setting]?.verdict, checksIn(ran)[setting]?.finding];
      };
      expect(await examine('BANK_SECRET')).toEqual([
        ...[0, 'warning'],
        expect.stringMatching(/^prod\/rail has bearer, tls; the certificate ends \d{4}-/),
      ]);
      expect(await examine('GATEWAY_SECRET')).toEqual([
        ...[1, 'failed'],
        'The secret prod/rail is not valid: basic cannot be used together with bearer: both are the header Authorization.',
      ]);
      expect(await examine('CHAIN_SECRET')).toEqual([1, 'failed', 'there is no text in a secret prod/rail']);
      expect(secrets.received.map(({ body }) => body)).toEqual(Array(3).fill('{"SecretId":"prod/rail"}'));
    });

    it('does not take silence of AWS for a result', async () => {
      const ran = await doctor('http://127.0.0.1:9', ['--json']);
      expect([ran.code, checksIn(ran).concurrency?.verdict]).toEqual([3, 'unknown']);
      expect(await doctor('http://127.0.0.1:9', ['--param', 'workers=3'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('There is no parameter workers'),
      });
    });
  });
});
