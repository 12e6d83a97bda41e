import type { z } from 'zod';
import { neededBy, type Room, ruleText } from '../access/index.ts';
import type { ErrorDetail } from '../kernel/errors.ts';
import { AppError } from '../kernel/errors.ts';
import type { dryRunAnswer } from './answers.ts';
import type { DryRun } from './dry-run.ts';
import { fitting } from './fitting.ts';
import { duplicateView, invalidView, sumsView } from './view.ts';

type View = z.input<typeof dryRunAnswer>;

export function dryRunView({ refusal, existing, batch, ...found }: DryRun): View {
  const needed = neededBy(found.rules);
  return {
    ...refusalView(refusal, found.problems),
    existing: existing
      ? { batch_id: existing.batch.id, status: existing.batch.status, same_content: existing.isSame }
      : null,
    total_count: batch.total,
    totals: sumsView(batch.amounts),
    invalid_count: batch.invalid,
    invalid: invalidView(found.rejected),
    duplicates_count: batch.duplicates,
    duplicates: fitting(
      found.duplicates.map((each) => ({ position: each.duplicate.position, ...duplicateView(each) })),
    ),
    being_stored: fitting(
      found.undecided.map((duplicate) => ({
        position: duplicate.position,
        ...duplicateView({ duplicate, status: null }),
      })),
    ),
    limits: found.limits.map(roomView),
    approval: needed
      ? {
          approvers: needed.approvers,
          lapses_after_hours: needed.lapsesAfterHours,
          rules: found.rules.map(ruleText),
        }
      : null,
  };
}

/** Of a request with invalid fields. Nothing else is known of it. */
export function refusedView(problems: readonly ErrorDetail[]): View {
  return {
    ...refusalView(new AppError('VALIDATION_ERROR'), problems),
    existing: null,
    total_count: 0,
    totals: [],
    invalid_count: 0,
    invalid: [],
    duplicates_count: 0,
    duplicates: [],
    being_stored: [],
    limits: [],
    approval: null,
  };
}

function refusalView(refusal: AppError | undefined, problems: readonly ErrorDetail[]) {
  const listed = fitting(problems);
  return {
    valid: refusal?.code !== 'VALIDATION_ERROR',
    error: refusal ? { code: refusal.code, message: refusal.message } : null,
    problems: listed,
    problems_omitted: problems.length - listed.length,
  };
}

function roomView({ currency, day, limit, used, left, asked }: Room) {
  return {
    currency,
    day,
    limit: `${limit}`,
    used: `${used}`,
    left: `${left}`,
    asked: `${asked}`,
    exceeded: asked + used > limit,
  };
}
