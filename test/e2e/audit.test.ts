import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventKey } from '../../lib/events/items.ts';
import { awsOf } from '../../scripts/aws.ts';
import { textOf } from '../../scripts/verify/report.ts';
import { verifyAll } from '../../scripts/verify/verify.ts';
import { eventually } from '../contract/embedded-stack.ts';
import { runScript, runVerify } from '../support/script.ts';
import { Service, vendorBatch } from '../support/service.ts';

const service = new Service();
beforeAll(() => service.start());
afterAll(() => service.stop());

const verify = () => runVerify(service, '--domain', 'events');
const sluice = (...args: string[]) => runScript(service, 'cli/sluice.mjs', 'audit', ...args);
const SEALED = /sealed until .*: [1-9]\d* events? in/;
const file = (name: string) => join(service.dataDir, name);

describe('the sealed audit log', () => {
  it('signs with a key that only its owner can read', () => {
    expect(statSync(file('audit-key.pem')).mode & 0o777).toBe(0o600);
  });

  it('has new events within about a minute, and verifies', async () => {
    await service.post('/batches', vendorBatch(3, 'sealed'));
    await service.finished('sealed');
    // Not with the command: it would start a process for each look, for up to a minute.
    const look = async () => {
      await setTimeout(500);
      return (await verifyAll(service.endpoints, { domains: ['events'] })).map(textOf).join();
    };
    await eventually(look, (text) => SEALED.test(text), 90);
    const { output } = await verify();
    expect(output).toMatch(SEALED);
    expect(output).toMatch(/ok {4}the sealed blocks are one chain, up to a signed head/);
    expect(output).not.toContain('FAIL');
  }, 120_000);

  it('is exported with a proof that is checked offline', async () => {
    const day = 24 * 60 * 60_000;
    const [from, to] = [-day, day].map((ms) => new Date(Date.now() + ms).toISOString()) as [string, string];
    expect(await sluice('export', '--from', from, '--to', to, '--out', file('export.jsonl'))).toEqual({
      code: 0,
      output: '',
    });
    const { output: key } = await sluice('public-key');
    writeFileSync(file('public.pem'), key);
    const checked = await sluice('check', file('export.jsonl'), '--public-key', file('public.pem'));
    expect(checked.output).toMatch(/^Events 1 to \d+ were sealed in this order in blocks 1 to \d+/);
    expect(checked.code).toBe(0);
    writeFileSync(
      file('forged.jsonl'),
      readFileSync(file('export.jsonl'), 'utf8').replace('"completed_count":3', '"completed_count":2'),
    );
    const forged = await sluice('check', file('forged.jsonl'));
    expect(forged.output).toMatch(/^This file proves nothing:\n {2}! block 1: event \d+ was changed or removed/);
    expect(forged.code).toBe(1);
  }, 60_000);

  it('shows that an event was changed behind its back', async () => {
    const { body } = await service.get('/audit?subject=sealed');
    const event = body.events.at(-1);
    const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(awsOf(service.endpoints)));
    await dynamo.send(
      new UpdateCommand({
        TableName: 'sluice-local-events',
        Key: eventKey(event),
        UpdateExpression: 'SET #data = :data',
        ExpressionAttributeNames: { '#data': 'data' },
        ExpressionAttributeValues: { ':data': JSON.stringify({ ...event.data, completed_count: 2 }) },
      }),
    );
    dynamo.destroy();
    const { code, output } = await verify();
    expect(output).toMatch(
      /FAIL {2}every sealed event is stored as it was sealed\n +! block \d+, event \d+ \(batch.completed:sealed:1\): it was changed/,
    );
    expect(output).toMatch(/note {2}the first block that differs is \d+/);
    expect(code).toBe(1);
  }, 60_000);
});
