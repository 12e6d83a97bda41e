import { AppError } from '../../lib/kernel/errors.ts';
import { parseUserId, type UserId } from '../../lib/ledger/index.ts';

/** The user that a path names. @throws AppError NOT_FOUND nobody can have that id */
export function walletOwner(text: string): UserId {
  const id = parseUserId(text);
  if (!id) throw new AppError('NOT_FOUND', { message: 'There is no such wallet.' });
  return id;
}
