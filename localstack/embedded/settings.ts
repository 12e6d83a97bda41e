/** The settings of `npm start`, and the files in its data directory that clients read. */

import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SECRET_BYTES, secretOf } from '../../lib/access/key.ts';
import { refuseRenamedSettings } from '../../lib/config.ts';

export interface Settings {
  /** Port of the API, from SLUICE_PORT. */
  port: number;
  /** Port of the AWS endpoint, from SLUICE_AWS_PORT. */
  awsPort: number;
  /** Port of the mock bank, from SLUICE_BANK_PORT. */
  bankPort: number;
  /** Port of the laboratory, from SLUICE_LAB_PORT. Without it: the usual one, or another one if that is in use. */
  labPort: number | undefined;
  /** Absolute path of the data directory, from SLUICE_DATA_DIR. */
  dataDir: string;
}

/** @throws Error with a one-line message for an invalid port or a renamed setting. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  refuseRenamedSettings(env);
  return {
    port: portFrom(env, 'SLUICE_PORT', 3000),
    awsPort: portFrom(env, 'SLUICE_AWS_PORT', 4566),
    bankPort: portFrom(env, 'SLUICE_BANK_PORT', 4600),
    labPort: env.SLUICE_LAB_PORT ? portFrom(env, 'SLUICE_LAB_PORT', 0) : undefined,
    dataDir: resolve(env.SLUICE_DATA_DIR || '.sluice'),
  };
}

function portFrom(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const port = Number(env[name] || fallback);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${name} is not a port number: ${env[name]}`);
  return port;
}

/**
 * Locks the data directory for this process. The kernel releases SQLite's lock when the process ends, even by kill -9.
 * @returns the lock. Keep a reference: garbage collection would release it.
 * @throws Error if another process has the lock.
 */
export function lockDataDir(dataDir: string): DatabaseSync {
  const lock = new DatabaseSync(join(dataDir, 'lock.db'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch {
    throw new Error(`Another npm start uses ${dataDir}. Stop it, or set SLUICE_DATA_DIR.`);
  }
}

/** The API key of this data directory. Created at the first start, readable only by its owner. */
export function localApiKey(dataDir: string): string {
  const file = join(dataDir, 'api-key');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    const key = secretOf(false, randomBytes(SECRET_BYTES));
    writeFileSync(file, `${key}\n`, { mode: 0o600 });
    return key;
  }
}

/**
 * The file of the key that encrypts the data keys. Created at the first start, readable only by its owner. Without it the encrypted
 * fields of this data directory are lost.
 */
export function localKeyFile(dataDir: string): string {
  const file = join(dataDir, 'key-encryption-key');
  if (!existsSync(file)) {
    writeFileSync(`${file}.tmp`, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true });
    renameSync(`${file}.tmp`, file);
  }
  return file;
}

/** What the mock bank signs its notifications with. Created at the first start, readable only by its owner. */
export function bankSecret(dataDir: string): string {
  const file = join(dataDir, 'bank-secret');
  if (!existsSync(file)) {
    writeFileSync(`${file}.tmp`, `whsec_${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
  }
  return readFileSync(file, 'utf8').trim();
}

/** The key that signs the head of the audit log. Created at the first start, readable only by its owner. @returns its file */
export function auditKeyFile(dataDir: string): string {
  const file = join(dataDir, 'audit-key.pem');
  if (existsSync(file)) return file;
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(`${file}.tmp`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
  return file;
}

/** In PEM form. */
export function auditPublicKey(dataDir: string): string {
  return createPublicKey(readFileSync(auditKeyFile(dataDir))).export({ type: 'spki', format: 'pem' }) as string;
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export interface Endpoints {
  api: string;
  apiKey: string;
  aws: string;
  bank: string;
  /** Missing if AWS runs elsewhere. */
  laboratory?: string | undefined;
  auditKey: string;
  bankSecret: string;
}

/** Written atomically when everything is ready, so a client that sees the file can use it. */
export function writeEndpointsFile(dataDir: string, endpoints: Endpoints): void {
  const file = join(dataDir, 'endpoints.json');
  writeFileSync(`${file}.tmp`, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}

export function removeEndpointsFile(dataDir: string): void {
  rmSync(join(dataDir, 'endpoints.json'), { force: true });
}
