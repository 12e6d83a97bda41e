import { ErrorInfoSchema } from '../../gen/withdrawal/v1/withdrawal_pb.js';
import { rpc } from '../../lib/edge/rpc.ts';

/** Makes the route of a procedure of proto/withdrawal/v1. Procedures have the use cases of REST. */
export const procedure = rpc(ErrorInfoSchema);
