import { z } from 'zod';
import { pathId } from '../../lib/kernel/fields.ts';
import { DELIVERY_ID } from '../../lib/webhooks/delivery.ts';
import { ENDPOINT_ID } from '../../lib/webhooks/endpoint.ts';

/* Path parameters. An id that no endpoint or delivery can have is NOT_FOUND. */
export const endpointPath = z.object({ endpoint_id: pathId(ENDPOINT_ID) });
export const deliveryPath = z.object({ delivery_id: pathId(DELIVERY_ID) });
