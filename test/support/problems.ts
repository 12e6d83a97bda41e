import { AppError, type ErrorDetail } from '../../lib/kernel/errors.ts';

/** The problems that a check finds in a request; empty if it accepts the request. */
export function problemsOf(check: () => unknown): readonly ErrorDetail[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof AppError && error.code === 'VALIDATION_ERROR') return error.details;
    throw error;
  }
}
