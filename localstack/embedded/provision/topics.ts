/** SNS topics and their subscriptions, from AWS::SNS::Topic and AWS::SNS::Subscription. */

import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import type { Outcome } from './report.ts';

/** CreateTopic is idempotent: it returns an existing topic. */
export async function provisionTopic(
  client: SNSClient,
  name: string,
  properties: Record<string, unknown>,
): Promise<Outcome> {
  const Attributes: Record<string, string> = {};
  for (const key of ['FifoTopic', 'ContentBasedDeduplication', 'DisplayName']) {
    if (properties[key] !== undefined) Attributes[key] = String(properties[key]);
  }
  const { TopicArn } = await client.send(new CreateTopicCommand({ Name: name, Attributes }));
  for (const inline of (properties.Subscription as Record<string, unknown>[] | undefined) ?? []) {
    await provisionSubscription(client, { ...inline, TopicArn });
  }
  return 'kept';
}

/** Creates the subscription, or updates the attributes of an existing one. */
export async function provisionSubscription(client: SNSClient, properties: Record<string, unknown>): Promise<Outcome> {
  const { TopicArn, Protocol, Endpoint } = properties as { TopicArn: string; Protocol: string; Endpoint: string };
  const attributes = attributesOf(properties);
  const existing = await find(client, TopicArn, Protocol, Endpoint);
  if (existing === undefined) {
    await client.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes: attributes }));
    return 'created';
  }
  for (const [AttributeName, AttributeValue] of Object.entries(attributes)) {
    const change = { SubscriptionArn: existing, AttributeName, AttributeValue };
    await client.send(new SetSubscriptionAttributesCommand(change));
  }
  return 'kept';
}

function attributesOf(properties: Record<string, unknown>): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const key of ['FilterPolicy', 'FilterPolicyScope', 'RawMessageDelivery', 'RedrivePolicy']) {
    const value = properties[key];
    if (value !== undefined) attributes[key] = typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  return attributes;
}

async function find(
  client: SNSClient,
  TopicArn: string,
  protocol: string,
  endpoint: string,
): Promise<string | undefined> {
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken }));
    const match = page.Subscriptions?.find((each) => each.Protocol === protocol && each.Endpoint === endpoint);
    if (match !== undefined) return match.SubscriptionArn;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return undefined;
}

export { SNSClient };
