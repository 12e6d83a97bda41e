import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type Change, updateParameters } from '../aws/update.ts';
import { entity, fields, type Item } from '../kernel/codec.ts';
import { type CircuitState, type CircuitStore, RAILS, type RailName } from './circuit.ts';

/*
 * In the system table:
 *
 *     pk CIRCUITS  sk <rail>  the circuit to a rail; deleted an hour after its last change
 */
const KEPT_SECONDS = 60 * 60;
/** A send waits no longer for the circuit: a table that is slow must not use up the time of a call. */
export const SEND_WAIT_MS = 500;

const keyOf = (rail: RailName) => ({ pk: 'CIRCUITS', sk: rail });
const { decode } = entity(
  fields<CircuitState>({
    rail: z.enum(RAILS),
    failures: z.int(),
    openedAt: z.number().optional(),
    testAt: z.number().optional(),
    changedAt: z.number(),
  }),
);

/** @param waitMs after which a call fails; by default it takes as long as others to the database */
export function dynamoCircuits(client: DynamoDBDocumentClient, table: string, waitMs?: number): CircuitStore {
  const inTime = () => (waitMs === undefined ? {} : { abortSignal: AbortSignal.timeout(waitMs) });

  /** @returns the item after the change; or as it was, if it refused the condition */
  async function change(rail: RailName, now: number, { set, ...others }: Change, condition?: string) {
    const always = { rail, changed_at: now, expires_at: Math.ceil(now / 1_000) + KEPT_SECONDS };
    const command = new UpdateCommand({
      ...updateParameters(table, keyOf(rail), condition, { set: { ...always, ...set }, ...others }),
      ReturnValues: 'ALL_NEW',
    });
    try {
      const { Attributes = {} } = await client.send(command, inTime());
      return Attributes;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  async function read(rail: RailName): Promise<Item | undefined> {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(rail) }), inTime());
    return Item;
  }

  return {
    async read(rail) {
      const item = await read(rail);
      return item && decode(item);
    },

    async addFailures(rail, count, now) {
      return decode((await change(rail, now, { add: { failures: count } })) ?? {});
    },

    async open(rail, now, testAt) {
      const set = { opened_at: now, test_at: testAt };
      const opened = await change(rail, now, { set }, 'attribute_exists(pk) AND attribute_not_exists(#test_at)');
      return decode(opened ?? (await read(rail)) ?? { rail, failures: 0, changed_at: now });
    },

    async takeTest({ rail, testAt }, now, nextAt) {
      const values = { ':seen': testAt };
      return (await change(rail, now, { set: { test_at: nextAt }, values }, '#test_at = :seen')) !== undefined;
    },

    async close(rail, now) {
      const closed = { set: { failures: 0 }, remove: ['opened_at', 'test_at'], values: { ':none': 0 } };
      await change(rail, now, closed, '#failures > :none');
    },
  };
}
