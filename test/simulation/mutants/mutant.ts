/** The code without one of its guards. */
export type Mutant = {
  readonly name: string;
  readonly domain:
    | 'payouts'
    | 'restores'
    | 'withdrawals'
    | 'wallets'
    | 'orders'
    | 'settlement'
    | 'audit'
    | 'approvals'
    | 'lifecycle'
    | 'webhooks';
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly code: string;
  readonly becomes: string;
  /** Other guards of the same promise: each is enough. */
  readonly and?: readonly Pick<Mutant, 'file' | 'code' | 'becomes'>[];
};
