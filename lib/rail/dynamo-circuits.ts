import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { queryAll } from '../aws/read.ts';
import { entity, fields, text } from '../kernel/codec.ts';
import { type CircuitReport, type CircuitStore, RAILS } from './circuit.ts';

/*
 * In the system table:
 *
 *     pk CIRCUITS  sk <rail>#<process>  the last report of a process about its circuit; deleted after an hour
 */
const CIRCUITS = 'CIRCUITS';
const KEPT_SECONDS = 60 * 60;

const { encode, decode } = entity(
  fields<CircuitReport>({
    rail: z.enum(RAILS),
    reporter: text(),
    isOpen: z.boolean(),
    since: text(),
    at: text(),
  }),
  ({ rail, reporter, at }) => ({
    pk: CIRCUITS,
    sk: `${rail}#${reporter}`,
    expires_at: Math.floor(Date.parse(at) / 1_000) + KEPT_SECONDS,
  }),
);

/** @param onFailure gets the failure of a report, for the log */
export function dynamoCircuits(
  client: DynamoDBDocumentClient,
  table: string,
  onFailure: (error: Error) => void,
): CircuitStore {
  return {
    async report(report) {
      await client.send(new PutCommand({ TableName: table, Item: encode(report) })).catch(onFailure);
    },

    async read() {
      const items = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :circuits',
        ExpressionAttributeValues: { ':circuits': CIRCUITS },
      });
      return items.map(decode);
    },
  };
}
