/** SQS queues from AWS::SQS::Queue. */

import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { isEqual, mapValues, sortBy } from 'es-toolkit';
import type { Outcome } from './report.ts';

/** The properties that have an effect locally. */
const ATTRIBUTES: QueueAttributeName[] = [
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'VisibilityTimeout',
  'RedrivePolicy',
  'FifoQueue',
  'ContentBasedDeduplication',
];

/**
 * Creates the queue, or updates the attributes that differ and keeps the messages. The queue of a RedrivePolicy must exist
 * first.
 */
export async function provisionQueue(
  client: SQSClient,
  name: string,
  properties: Record<string, unknown>,
): Promise<Outcome> {
  const wanted = attributesOf(properties);
  const url = await urlOf(client, name);
  if (url === undefined) {
    await client.send(new CreateQueueCommand({ QueueName: name, Attributes: wanted }));
    return 'created';
  }
  const current = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  const attributes: Record<string, string | undefined> = current.Attributes ?? {};
  const changed = Object.entries(wanted).filter(([key, value]) => !sameValue(attributes[key], value));
  if (changed.length === 0) return 'kept';
  await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: Object.fromEntries(changed) }));
  return 'updated';
}

/** Dead-letter queues before the queues that refer to them. */
export function deadLetterFirst<Queue extends { properties: Record<string, unknown> }>(queues: Queue[]): Queue[] {
  return sortBy(queues, [({ properties }) => properties.RedrivePolicy !== undefined]);
}

function attributesOf(properties: Record<string, unknown>): Record<string, string> {
  const set = ATTRIBUTES.filter((name) => properties[name] !== undefined);
  return Object.fromEntries(set.map((name) => [name, text(properties[name])]));
}

function text(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A RedrivePolicy is JSON. Servers may change the order of its keys and return its numbers as text. */
function sameValue(current: string | undefined, wanted: string): boolean {
  if (current === undefined || !wanted.startsWith('{')) return current === wanted;
  const parsed = (json: string) => mapValues(JSON.parse(json) as Record<string, unknown>, String);
  return isEqual(parsed(current), parsed(wanted));
}

async function urlOf(client: SQSClient, name: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl;
  } catch (error) {
    if ((error as Error).name === 'QueueDoesNotExist') return undefined;
    throw error;
  }
}

export { SQSClient };
