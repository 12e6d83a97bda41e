import { z } from 'zod';
import { admit, payouts } from '../../lib/container.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { batchIdOf } from '../../lib/payouts/ids.ts';
import { redriveBatch } from '../../lib/payouts/redrive-batch.ts';
import { batchPath } from './paths.ts';

export const routes = {
  redriveBatch: route({
    method: 'POST',
    path: '/batches/{batch_id}/redrive',
    summary: 'Send the dead-lettered chunks of a batch to the workers again',
    scope: 'operations',
    params: batchPath,
    answers: {
      202: {
        description: 'The numbers of the chunks.',
        schema: z.object({ batch_id: z.string(), redriven_chunks: z.array(z.int()) }),
      },
    },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => {
    const id = batchIdOf(params.batch_id);
    return { status: 202, body: { batch_id: id, redriven_chunks: await redriveBatch(payouts(), id) } };
  }),
};

export const handler = dispatch(routes, admit);
