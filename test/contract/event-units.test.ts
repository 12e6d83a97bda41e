import { expect, it } from 'vitest';
import { documentClient } from '../../lib/aws/clients.ts';
import { meter } from '../../lib/aws/meter.ts';
import { givenAStack } from '../support/database.ts';
import { EventsWorld, paymentEvent } from '../support/events-world.ts';

const database = await givenAStack();

it('an event takes 4 write units when it is stored and 3 when it is marked, also with long texts of its client', async () => {
  const world = await EventsWorld.open(database, { dynamo: documentClient(Date.now) });
  const { EVENTS_TABLE: table } = world.settings;
  const texts = {
    external_reference: 'r'.repeat(100),
    user_id: 'u'.repeat(64),
    gateway_id: 'g'.repeat(36),
    latency_ms: 120,
  };
  const events = Array.from({ length: 90 }, () => paymentEvent({ requestId: 'i'.repeat(36) }, texts));
  meter.units = { written: {}, read: {} };
  await world.appendToOutbox(...events);
  expect(meter.units.written).toEqual({ [table]: 180, [`${table}/gsi1`]: 90, [`${table}/gsi2`]: 90 });

  meter.units = { written: {}, read: {} };
  await world.relay.outbox.markPublished(events, world.now);
  expect(meter.units.written).toEqual({ [table]: 180 + 2, [`${table}/gsi1`]: 90 }); // 2 for the counters
});
