import type { Approval } from '../../access/index.ts';
import type { Batch } from '../batch.ts';
import type { Chunk } from '../chunk.ts';
import type { Payout } from '../payout.ts';
import type { PayoutPolicy } from '../ports.ts';

/** What is stored of a batch. `approval`: the one that it waits for. */
export type BatchFacts = {
  readonly batch: Batch;
  readonly chunks: readonly Chunk[];
  readonly approval?: Approval | undefined;
  readonly policy: Pick<PayoutPolicy, 'maxAttempts' | 'lostAfterMs'>;
};

/** What is stored of a payout, of its chunk and of its batch. */
export type PayoutFacts = Omit<BatchFacts, 'chunks'> & { readonly payout: Payout; readonly chunk: Chunk };
