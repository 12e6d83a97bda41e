import type { AccountLimit } from '@aws-sdk/client-lambda';
import { problemsOfStage } from '../../lib/stage.ts';
import { EXPECTED_VERSION } from '../../lib/system/data-version.ts';
import type { Recorded } from '../migrate/record.ts';
import type { Parameters, Worker } from './workers.ts';

/** `unknown`: AWS did not answer, or did not permit to ask. */
export type Verdict = 'ok' | 'warning' | 'failed' | 'unknown';
export type Check = { readonly name: string; readonly verdict: Verdict; readonly finding: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** What Lambda keeps for functions without a reservation: an account cannot reserve it. */
const KEPT_UNRESERVED = 100;
/** For the requests of people and clients, beside the workers. */
const FOR_REQUESTS = 20;
/** AWS raises the quota of concurrent executions on request: Service Quotas, Lambda, L-B99A9384. */
const RAISE = 'Raise the quota (Service Quotas, lambda, L-B99A9384)';

const check = (name: string, verdict: Verdict, finding: string): Check => ({ name, verdict, finding });

/** The variables that a deployment of the stage reads. */
export function checkSettings(stage: string, env: Environment): Check[] {
  const given = {
    BANK_URL: env.SLUICE_BANK_URL,
    GATEWAY_URL: env.SLUICE_GATEWAY_URL,
    CHAIN_URL: env.SLUICE_CHAIN_URL,
    BANK_SECRET: env.BANK_SECRET,
    GATEWAY_SECRET: env.GATEWAY_SECRET,
    CHAIN_SECRET: env.CHAIN_SECRET,
    WEBHOOKS_ALLOW_LOCAL: env.WEBHOOKS_ALLOW_LOCAL,
    AUDIT_KEY_FILE: env.SLUICE_AUDIT_KEY_FILE,
    KEY_ENCRYPTION_KEY: env.SLUICE_KEY_ENCRYPTION_KEY,
  };
  const problems = problemsOfStage(stage, given).map(({ variable, message }) => `${variable} ${message}`);
  return [
    problems.length === 0
      ? check('rails', 'ok', 'each has an https URL, and a secret or none')
      : check('rails', 'failed', problems.join(', ')),
    env.RAIL_NOTIFICATION_SECRETS
      ? check('secrets', 'ok', 'RAIL_NOTIFICATION_SECRETS is set')
      : check('secrets', 'warning', 'RAIL_NOTIFICATION_SECRETS is missing: every notification of the bank is refused'),
    env.AWS_REGION
      ? check('region', 'ok', env.AWS_REGION)
      : check('region', 'failed', 'AWS_REGION is missing: the stage would be deployed to us-east-1'),
  ];
}

/** Whether workers leave room for requests. @param limit of the account in the region */
export function checkConcurrency(
  limit: Pick<AccountLimit, 'ConcurrentExecutions' | 'UnreservedConcurrentExecutions'>,
  workers: readonly Worker[],
  parameters: Parameters,
): Check[] {
  const { ConcurrentExecutions: all = 0, UnreservedConcurrentExecutions: free = all } = limit;
  const sum = workers.reduce((total, { most }) => total + most, 0);
  const list = workers.map(({ name, most }) => `${name} ${most}`).join(', ');
  const says = `workers take up to ${sum} of ${free} concurrent executions`;
  const concurrency =
    sum + FOR_REQUESTS <= free
      ? check('concurrency', 'ok', `${says} (${list})`)
      : check(
          'concurrency',
          'failed',
          `${says} (${list}), and requests need ${FOR_REQUESTS}. ${RAISE}, or lower the parameters`,
        );
  const reserved = 2 * Number(parameters.reservedConcurrency);
  if (reserved === 0) return [concurrency, check('reserved', 'ok', 'nothing is reserved')];
  return [
    concurrency,
    free - reserved >= KEPT_UNRESERVED
      ? check('reserved', 'ok', `${reserved} for authorize and walletsWrite`)
      : check(
          'reserved',
          'failed',
          `${reserved} cannot be reserved: Lambda keeps ${KEPT_UNRESERVED} of ${free} unreserved. Deploy with --param="reservedConcurrency=0"`,
        ),
  ];
}

/** Of a domain of its own, the parameters. */
export function checkDomain({ domain, domainCertificate }: Parameters): Check {
  if (!domain) return check('domain', 'ok', 'none: clients use the address of API Gateway');
  const isArn = /^arn:[\w-]+:acm:/.test(`${domainCertificate}`);
  return isArn
    ? check('domain', 'ok', `${domain}`)
    : check(
        'domain',
        'failed',
        `${domain} needs the parameter domainCertificate: the ARN of a certificate of ACM in the region`,
      );
}

/** @param recorded undefined before the first deployment */
export function checkDataVersion(recorded: Recorded | undefined): Check {
  const name = 'data version';
  if (!recorded) return check(name, 'warning', 'there are no tables: deploy, then run npm run migrate -- up');
  const { version, dirty } = recorded;
  if (dirty) return check(name, 'failed', `a migration to ${version} is running or has failed: docs/migrations.md`);
  if (version < EXPECTED_VERSION)
    return check(name, 'failed', `${version}, this code expects ${EXPECTED_VERSION}: run npm run migrate -- up`);
  if (version > EXPECTED_VERSION)
    return check(name, 'failed', `${version}, this code expects ${EXPECTED_VERSION}: it is older than the data`);
  return check(name, 'ok', `${version}`);
}
