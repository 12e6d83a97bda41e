import { ErrorInfoSchema, WithdrawalService } from '../../gen/withdrawal/v1/withdrawal_pb.js';
import { withdrawals } from '../../lib/container.ts';
import { rpc } from '../../lib/edge/rpc.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { createWithdrawal } from '../../lib/withdrawals/create-withdrawal.ts';
import { listWithdrawals, readByKey, readWithdrawal } from '../../lib/withdrawals/read-withdrawals.ts';
import { retryWithdrawal } from '../../lib/withdrawals/retry-withdrawal.ts';
import { byKeyRequest, createRequest, idRequest, listRequest } from '../../lib/withdrawals/schemas.ts';
import { createdView, gotView, listView } from '../../lib/withdrawals/view.ts';

/** POST /withdrawal.v1.WithdrawalService/{method} : the same use cases as REST; proto/withdrawal/v1 */
export const handler = rpc(
  WithdrawalService,
  {
    createWithdrawal: async ({ body }) => {
      const { key, ...request } = validate(createRequest(withdrawals(), undefined), body);
      return createdView(await createWithdrawal(withdrawals(), request, key));
    },
    getWithdrawal: async ({ body }) =>
      gotView(await readWithdrawal(withdrawals(), validate(idRequest, body).withdrawal_id)),
    getWithdrawalByKey: async ({ body }) => gotView(await readByKey(withdrawals(), validate(byKeyRequest, body))),
    listWithdrawals: async ({ body }) => listView(await listWithdrawals(withdrawals(), validate(listRequest, body))),
    retryWithdrawal: async ({ body }) =>
      gotView(await retryWithdrawal(withdrawals(), validate(idRequest, body).withdrawal_id)),
  },
  ErrorInfoSchema,
);
