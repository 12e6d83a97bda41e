import { readFile } from 'node:fs/promises';
import { dynamoChain } from '../audit/dynamo-chain.ts';
import type { HeadSigner } from '../audit/head.ts';
import { kmsSigner } from '../audit/kms.ts';
import { localSigner } from '../audit/local-signer.ts';
import { SEAL_POLICY, type SealDeps } from '../audit/ports.ts';
import { kmsClient } from '../aws/clients.ts';
import type { Config } from '../config.ts';
import { dynamoAudit } from '../events/dynamo-audit.ts';
import type { AuditDeps } from '../events/ports.ts';
import { machine } from '../runtime.ts';
import type { Of } from './outside.ts';

export function auditDeps(settings: Config, { dynamo }: Of<'dynamo'>, runtime = machine): AuditDeps {
  return { audit: dynamoAudit(dynamo, settings.EVENTS_TABLE), ...runtime };
}

export function sealDeps(
  settings: Config,
  { dynamo, objects, signer }: Of<'dynamo' | 'objects' | 'signer'>,
  runtime = machine,
): SealDeps {
  return {
    log: dynamoAudit(dynamo, settings.EVENTS_TABLE),
    chain: dynamoChain({ dynamo, objects }, { table: settings.SEALS_TABLE, bucket: settings.AUDIT_BUCKET }),
    signer,
    policy: SEAL_POLICY,
    ...runtime,
  };
}

/** The deployed functions sign with KMS, the functions of `npm start` with a file. */
export function signer({ AUDIT_KEY, AUDIT_KEY_FILE }: Config): HeadSigner {
  if (AUDIT_KEY_FILE === '') return kmsSigner(() => kmsClient(machine.now), AUDIT_KEY);
  return localSigner(() => readFile(AUDIT_KEY_FILE, 'utf8'));
}
