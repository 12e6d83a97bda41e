import type { Approval, ApprovalPolicy } from './contract.ts';
import type { Pages } from './pages.ts';
import type { AnswerBody, CallOptions, Input, Query, Transport } from './transport.ts';

const named = (id: string) => ({ params: { approval_id: id } });

/** What other persons have to approve. */
export class Approvals {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. A page with a status may be short. */
  list(query: Query<'listApprovals'> = {}, options?: CallOptions): Pages<Approval, AnswerBody<'listApprovals'>> {
    return this.#transport.list('listApprovals', { query }, 'approvals', options);
  }

  get(id: string, options?: CallOptions): Promise<Approval> {
    return this.#transport.call('getApproval', named(id), options);
  }

  /** @param approval as it was read: the decision is about this content only */
  approve(
    { approval_id: id, digest }: Pick<Approval, 'approval_id' | 'digest'>,
    reason: string,
    options?: CallOptions,
  ): Promise<Approval> {
    return this.#transport.call('approve', { ...named(id), body: { reason, digest } }, options);
  }

  reject(id: string, reason: string, options?: CallOptions): Promise<Approval> {
    return this.#transport.call('reject', { ...named(id), body: { reason } }, options);
  }
}

/** The rules that say what needs approval. */
export class ApprovalRules {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get(options?: CallOptions): Promise<ApprovalPolicy> {
    return this.#transport.call('getApprovalPolicy', {}, options);
  }

  /** Replaces all rules. The answer is an approval if another person has to approve the change. */
  replace(body: Input<'setApprovalPolicy'>['body'], options?: CallOptions): Promise<ApprovalPolicy | Approval> {
    return this.#transport.call('setApprovalPolicy', { body }, options);
  }
}
