import { type HttpRequest, validate } from '../../lib/edge/http.ts';
import { placeRequest } from '../../lib/withdrawals/schemas.ts';

/** What the path names. @throws AppError VALIDATION_ERROR */
export function addressOf(request: HttpRequest) {
  return validate(placeRequest, { network: request.path('network'), address: request.path('address') });
}
