import { Batches } from './batches.ts';
import type { OperationId } from './repeatable.ts';
import {
  type Answer,
  type AnswerBody,
  type CallOptions,
  type Input,
  type SluiceOptions,
  Transport,
} from './transport.ts';

export type * from './contract.ts';
export { isSluiceError, SluiceConnectionError, SluiceError, SluiceTimeoutError } from './errors.ts';
export { type Decimal, ExactDecimal, type Int64 } from './exact-json.ts';
export type { Pages } from './pages.ts';
export type { OperationId } from './repeatable.ts';
export type { Answer, CallOptions, Input, SluiceOptions } from './transport.ts';
export type { WaitOptions } from './wait.ts';

/** The API of Sluice. */
export class Sluice {
  readonly batches: Batches;
  readonly #transport: Transport;

  constructor(options: SluiceOptions) {
    this.#transport = new Transport(options);
    this.batches = new Batches(this.#transport);
  }

  /** Any operation of the contract, by its id: for status and headers of the answer. */
  request<Id extends OperationId>(id: Id, input: Input<Id>, options?: CallOptions): Promise<Answer<AnswerBody<Id>>> {
    return this.#transport.answer(id, input, options);
  }
}
