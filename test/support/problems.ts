import { AppError, type ErrorDetail } from '../../lib/kernel/errors.ts';

/** What a check finds wrong with a request; nothing if it accepts the request. */
export function problemsOf(check: () => unknown): readonly ErrorDetail[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof AppError && error.code === 'VALIDATION_ERROR') return error.details;
    throw error;
  }
}
