import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { HeadSigner } from '../audit/head.ts';
import type { Secrets } from '../crypto/secrets.ts';
import { currentPrincipal, currentRequestId } from '../edge/context.ts';
import type { Rail } from '../rail/port.ts';
import type { Workflow } from '../settlement/ports.ts';
import type { WalletDeps } from '../wallets/ports.ts';
import type { EndpointClient } from '../webhooks/call.ts';

/*
 * The dependencies of each domain, built from clients, settings and a runtime: one file per domain in this folder. Tests use
 * these builders too.
 */

/** The clients and rails that the service uses. */
export type Outside = {
  readonly dynamo: DynamoDBDocumentClient;
  readonly queues: SQSClient;
  readonly objects: S3Client;
  readonly topics: SNSClient;
  readonly workflow: Workflow;
  readonly signer: HeadSigner;
  readonly bank: Rail;
  readonly gateway: Rail;
  readonly chain: Rail;
  /** Calls the endpoints of webhooks. */
  readonly receivers: EndpointClient;
  /** One per process: it keeps the data keys. */
  readonly secrets: Secrets;
  /** One per process: wallets and withdrawals post to the same wallets. */
  readonly groups: WalletDeps['groups'];
};

/** Those that the dependencies of a domain need. */
export type Of<Name extends keyof Outside> = Pick<Outside, Name>;

/** Who asks for the current work, for its events. */
export const caller = { requestId: currentRequestId, principal: currentPrincipal };
