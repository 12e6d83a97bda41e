import type { Payout } from '../../../client/index.ts';
import { ActionButton } from './action-button.tsx';

/** Asks the rail for an unknown outcome before the pause has passed. */
export const LookUp = ({ payout_id }: Payout) => (
  <ActionButton
    label="Look up now"
    scope="payouts:write"
    operation="lookUpPayout"
    input={() => ({ params: { payout_id } })}
    command={() => `payouts look-up ${payout_id}`}
  >
    A worker asks the rail for the outcome now, instead of after the pause. If the last call may still arrive, it waits
    until it cannot. The other payouts of its chunk that wait for a retry are sent with it.
  </ActionButton>
);
