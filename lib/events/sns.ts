import { type BatchResultErrorEntry, PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import { ExponentialBackoff, handleWhenResult, retry } from 'cockatiel';
import { chunk } from 'es-toolkit';
import pMap from 'p-map';
import { MESSAGES_PER_CALL } from '../kernel/limits.ts';
import { cloudEvent } from './cloud-event.ts';
import type { DomainEvent } from './event.ts';
import type { Topic } from './ports.ts';

const PARALLEL_CALLS = 4;

class PartlyPublished extends Error {
  override readonly name = 'PartlyPublished';
}

type Refused = readonly BatchResultErrorEntry[];

const retryRefused = retry(
  handleWhenResult((refused) => (refused as Refused).some(({ SenderFault = false }) => !SenderFault)),
  { maxAttempts: 4, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 1_000 }) },
);

/**
 * Messages have the type of the event as an attribute, for filters of subscriptions, and the id of its request.
 * @param arn of the topic
 */
export function snsTopic(client: SNSClient, arn: string): Topic {
  /** Entries that SNS cannot take now are sent again. @returns the entries that it refused in the last call */
  async function publishBatch(events: readonly DomainEvent[]): Promise<Refused> {
    let left = events.map((event, index) => ({
      Id: String(index),
      Message: JSON.stringify(cloudEvent(event)),
      MessageAttributes: {
        type: { DataType: 'String', StringValue: event.type },
        ...(event.requestId === undefined ? {} : { request_id: { DataType: 'String', StringValue: event.requestId } }),
      },
    }));
    return retryRefused.execute(async () => {
      const { Failed = [] } = await client.send(
        new PublishBatchCommand({ TopicArn: arn, PublishBatchRequestEntries: left }),
      );
      left = left.filter(({ Id }) => Failed.some((failed) => failed.Id === Id));
      return Failed;
    });
  }

  return {
    async publish(events) {
      const done: DomainEvent[] = [];
      let [isDown, failure]: [boolean, unknown] = [false, undefined];
      await pMap(
        chunk(events, MESSAGES_PER_CALL), // 256 KB in all; an event has about 1 KB
        async (batch) => {
          if (isDown) return;
          try {
            const refused = await publishBatch(batch);
            done.push(...batch.filter((_, index) => !refused.some(({ Id }) => Id === String(index))));
            if (refused.length > 0) failure ??= new PartlyPublished(`the topic refused an event: ${refused[0]?.Code}`);
          } catch (error) {
            isDown = true;
            failure ??= error;
          }
        },
        { concurrency: PARALLEL_CALLS },
      );
      return failure === undefined ? { done } : { done, failure, isDown };
    },
  };
}
