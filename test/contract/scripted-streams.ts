/**
 * DynamoDB Streams with events that dynoxide's streams never produce: several shards that close and have
 * children, iterators that expire, trimmed records, a replaced stream. It uses the real protocol.
 */

import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface ScriptedShard {
  parent?: string;
  /** The ids of the records' items; their sequence numbers count from 1. */
  records: string[];
  /** How many of them are trimmed. */
  trimmed?: number;
  closed?: boolean;
}

interface Request {
  TableName?: string;
  StreamArn: string;
  ShardId: string;
  ShardIteratorType: string;
  ShardIterator: string;
  SequenceNumber: string;
}

export class ScriptedStreams {
  endpoint = '';
  label = 'first';
  shards: Record<string, ScriptedShard> = {};
  #iteratorsOf = 0;

  expireIterators(): void {
    this.#iteratorsOf += 1;
  }

  answer(operation: string, { StreamArn, ShardId, ...request }: Request): object {
    const latest = `arn:aws:dynamodb:us-east-1:000000000000:table/events/stream/${this.label}`;
    if (operation === 'DescribeTable') return { Table: { TableName: request.TableName, LatestStreamArn: latest } };
    if (operation === 'GetRecords') return this.#records(request.ShardIterator);
    if (StreamArn !== latest) throw failure('ResourceNotFoundException');
    if (operation === 'DescribeStream') return { StreamDescription: { StreamArn, Shards: this.#description() } };
    const isAfter = request.ShardIteratorType === 'AFTER_SEQUENCE_NUMBER';
    const position = isAfter ? Number(request.SequenceNumber) : (this.shards[ShardId]?.trimmed ?? 0);
    return { ShardIterator: this.#iterator(ShardId, position) };
  }

  #description(): object[] {
    return Object.entries(this.shards).map(([ShardId, { parent, closed }]) => ({
      ShardId,
      ...(parent !== undefined && { ParentShardId: parent }),
      SequenceNumberRange: { StartingSequenceNumber: '1', ...(closed && { EndingSequenceNumber: '9' }) },
    }));
  }

  /** Two records per call. */
  #records(iterator: string): object {
    const [label, shardId = '', generation, at] = iterator.split(' ');
    const shard = this.shards[shardId];
    if (label !== this.label || shard === undefined) throw failure('ResourceNotFoundException');
    if (generation !== String(this.#iteratorsOf)) throw failure('ExpiredIteratorException');
    const position = Number(at);
    if (position < (shard.trimmed ?? 0)) throw failure('TrimmedDataAccessException');
    const ids = shard.records.slice(position, position + 2);
    const next = position + ids.length;
    const isEnd = shard.closed && next >= shard.records.length;
    return {
      Records: ids.map((id, index) => record(id, position + index + 1)),
      ...(!isEnd && { NextShardIterator: this.#iterator(shardId, next) }),
    };
  }

  #iterator(shardId: string, position: number): string {
    return [this.label, shardId, this.#iteratorsOf, position].join(' ');
  }
}

/** A server that plays the script, which a test may change at any time. */
export async function givenScriptedStreams(shards: Record<string, ScriptedShard>): Promise<ScriptedStreams> {
  const script = new ScriptedStreams();
  script.shards = shards;
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    try {
      response.end(JSON.stringify(script.answer(operation, (await json(request)) as Request)));
    } catch (error) {
      const { name, message } = error as Error;
      response.writeHead(400).end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  script.endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return script;
}

function failure(name: string): Error {
  return Object.assign(new Error(`scripted ${name}`), { name });
}

function record(id: string, sequenceNumber: number): object {
  return {
    eventName: 'INSERT',
    eventVersion: '1.1',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
      Keys: { id: { S: id } },
      SequenceNumber: String(sequenceNumber),
    },
  };
}
