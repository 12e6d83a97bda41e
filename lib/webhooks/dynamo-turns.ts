import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { batchGet } from '../aws/read.ts';
import { type Change, conditionalUpdate, updateParameters } from '../aws/update.ts';
import type { EndpointId } from './endpoint.ts';
import { type StoredTurn, turnKey, turnOf } from './items.ts';
import type { Turn, TurnStore } from './ports.ts';

export function dynamoTurns(client: DynamoDBDocumentClient, table: string): TurnStore {
  const update = (id: EndpointId, condition: string, change: Change) =>
    conditionalUpdate(client, { table, key: turnKey(id), condition, change, answerWith: 'ALL_OLD' });

  const end = (id: EndpointId, owner: string, { failingSince, wakeAt }: Turn, when = '') =>
    update(id, `#owner = :owner${when}`, {
      set: { failing_since: failingSince, wake_at: wakeAt },
      remove: ['owner', 'until', 'asked'],
      values: { ':owner': owner },
    });

  return {
    async read(ids) {
      if (ids.length === 0) return new Map();
      const items = await batchGet(client, table, ids.map(turnKey));
      return new Map(items.map(turnOf).map((turn) => [turn.id, shown(turn)]));
    },

    async take(id, { owner, now, until }) {
      const isFree = 'attribute_not_exists(#until) OR #until <= :now';
      const tryTake = () => update(id, isFree, { set: { owner, until }, remove: ['asked'], values: { ':now': now } });
      let taken = await tryTake();
      if (!taken.done) {
        // After this its owner looks again before it ends its turn, unless it has ended it by now.
        const asks = updateParameters(table, turnKey(id), 'attribute_exists(#until)', { set: { asked: true } });
        await client.send(new UpdateCommand(asks)).catch(ifRefused);
        taken = await tryTake();
      }
      if (!taken.done) return undefined;
      return taken.item.pk === undefined ? {} : shown(turnOf(taken.item));
    },

    async end(id, owner, turn) {
      const ended = await end(id, owner, turn, ' AND attribute_not_exists(asked)');
      if (ended.done || ended.found?.owner !== owner) return true; // or its lease was over, and another worker took it
      await update(id, '#owner = :owner', { remove: ['asked'], values: { ':owner': owner } });
      return false;
    },

    async leave(id, owner, turn) {
      await end(id, owner, turn);
    },

    async reset(id) {
      await update(id, 'attribute_exists(pk)', { remove: ['failing_since', 'wake_at', 'owner', 'until', 'asked'] });
    },
  };
}

function ifRefused(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') throw error;
}

const shown = ({ failingSince, wakeAt }: StoredTurn): Turn => ({ failingSince, wakeAt });
