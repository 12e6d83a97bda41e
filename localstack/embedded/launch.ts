/** Starts the two node processes of `npm start`: the service and the mock bank. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Child, startChild } from './children.ts';
import { auditKeyFile, bankSecret, localKeyFile, type Settings } from './settings.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Caches compiled code between starts: 1.5 s instead of 2 s. */
export const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'node-compile') };

export interface ServiceOptions {
  settings: Settings;
  lambdaPort: number;
  /** DynamoDB has most of the traffic and an endpoint of its own: the hop through the stack costs 0.15 ms a request. */
  plan: { endpoint: string; dynamoEndpoint: string; isEmbedded: boolean; statesEndpoint?: string };
  bankUrl: string;
  /** Where the console finds the laboratory. */
  laboratory: string | undefined;
  /** SHA-256, hex, of the accepted API key. */
  apiKeyHash: string;
  /** Called with each error that functions and triggers log. */
  onError: (message: string) => void;
}

/** Starts serverless-offline with the functions. It sends the IPC message {ready: true} when they can be invoked. */
export function launchService(options: ServiceOptions): Child {
  const { settings, plan, onError } = options;
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  return startChild({
    name: 'the service',
    args: [
      '--import',
      join(import.meta.dirname, 'exit-with-parent.ts'),
      serverless,
      'offline',
      'start',
      '--stage',
      'local',
    ],
    cwd: ROOT,
    env: {
      ...COMPILE_CACHE,
      // Tests of the compiled template validate both, which takes half a second.
      SLUICE_CONFIG_VALIDATION: 'off',
      SLUICE_MACHINE_VALIDATION: 'false',
      POWERTOOLS_METRICS_DISABLED: 'true', // nothing reads them here
      SLS_LOG_LEVEL: 'warning', // at 'notice' serverless-offline writes six lines per request
      ...withoutAws(process.env),
      AWS_ENDPOINT_URL: plan.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: plan.dynamoEndpoint,
      SLUICE_EMBEDDED_AWS: String(plan.isEmbedded),
      ...(plan.statesEndpoint === undefined ? {} : { AWS_ENDPOINT_URL_SFN: plan.statesEndpoint }),
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      SLUICE_PORT: String(settings.port),
      SLUICE_DATA_DIR: settings.dataDir,
      SLUICE_LAMBDA_PORT: String(options.lambdaPort),
      SLUICE_BANK_URL: options.bankUrl,
      SLUICE_LAB_URL: options.laboratory,
      SLUICE_API_KEY_HASH: options.apiKeyHash,
      RAIL_NOTIFICATION_SECRETS: bankSecret(settings.dataDir),
      SLUICE_AUDIT_KEY_FILE: auditKeyFile(settings.dataDir),
      SLUICE_KEY_ENCRYPTION_KEY: `file:${localKeyFile(settings.dataDir)}`,
    },
    logFile: join(settings.dataDir, 'logs', 'service.log'),
    onLine: (line) => {
      const error = errorIn(line);
      if (error !== undefined) onError(error);
    },
  });
}

/** Removes the user's AWS settings: no profile, credentials or service endpoint of theirs may reach the functions. */
function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
}

export function launchBank({ dataDir, bankPort, port }: Pick<Settings, 'dataDir' | 'bankPort' | 'port'>): Child {
  const server = join(ROOT, 'localstack', 'bank', 'server.ts');
  const ledger = join(dataDir, 'bank.db');
  const notify = `http://127.0.0.1:${port}/rail/notifications`;
  return startChild({
    name: 'the mock bank',
    args: [server, '--port', String(bankPort), '--ledger', ledger, '--notify', notify, '--exit-with-parent'],
    cwd: ROOT,
    env: { ...COMPILE_CACHE, ...process.env, SLUICE_BANK_SECRET: bankSecret(dataDir) },
    logFile: join(dataDir, 'logs', 'bank.log'),
  });
}

/** The message of an error line of aws-lambda-powertools or of serverless-offline; undefined for other lines. */
function errorIn(line: string): string | undefined {
  if (line.startsWith('×')) return line.slice(1).trim();
  if (!/"level":"error"/.test(line)) return undefined;
  try {
    const { message, function_name: name, route, error } = JSON.parse(line) as Record<string, unknown>;
    const reason = (error as { message?: string } | undefined)?.message;
    return [name ?? route, message, reason].filter((part) => part !== undefined).join(': ');
  } catch {
    return line;
  }
}
