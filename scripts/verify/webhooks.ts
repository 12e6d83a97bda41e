import { DELETED, ENDPOINTS } from '../../lib/webhooks/items.ts';
import { type Findings, many, type Scope } from './examination.ts';
import { lastingDifferences } from './looks.ts';
import { WEBHOOKS_CHECKS, WebhookRecords } from './webhooks-checks.ts';

/** Compares what is delivered to webhook endpoints with the events. Reads the events only if there is an endpoint or a delivery. */
export async function examineWebhooks({ tables, now, onProgress }: Scope): Promise<Findings> {
  let sizes = { endpoints: 0, deliveries: 0 };
  const look = async () => {
    const records = new WebhookRecords(now());
    for (const partition of [ENDPOINTS, DELETED]) {
      for (const item of await tables.query('webhooks', partition)) records.addEndpoint(item);
    }
    await tables.scan('webhooks', { sk: 'DELIVERY', onItem: (item) => records.addDelivery(item), onProgress });
    sizes = records.sizes;
    if (sizes.endpoints + sizes.deliveries > 0) {
      await tables.scan('events', { onItem: (item) => records.addEvent(item), onProgress });
    }
    return records.differences();
  };
  const differences = await lastingDifferences(look);
  const examined = `${many(sizes.deliveries, 'delivery', 'deliveries')} to ${many(sizes.endpoints, 'endpoint')}`;
  return { examined, checks: WEBHOOKS_CHECKS, differences };
}
