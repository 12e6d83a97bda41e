import {
  approvalIdFor,
  approvalNeededOf,
  contentDigest,
  gather,
  requireWithinPayoutLimit,
  toAsk,
} from '../access/index.ts';
import {
  BEGINNING,
  type Checkpoint,
  type FileRecord,
  type Import,
  type ImportSink,
  importCompleted,
  type RowShape,
  UnreadableFile,
  WrongRow,
} from '../imports/index.ts';
import { AppError, type ErrorDetail, invariant } from '../kernel/errors.ts';
import {
  askedPayments,
  type Batch,
  createBatch,
  type Instruction,
  MAX_PAYOUTS,
  type PayoutDeps,
  type RejectedRow,
  readInstruction,
} from '../payouts/index.ts';
import { followUpload } from './follow-upload.ts';
import type { UploadDeps } from './ports.ts';
import { givenRow, keepRejected, rejectedPrefix } from './rejected-rows.ts';
import { batchIdsOf, passOf, passText, uploadBatchId, workOf, workText } from './upload.ts';

const PAYOUT_ROWS: RowShape = {
  required: ['vendor_id', 'vendor_name', 'amount', 'currency', 'bank_account', 'bank_name'],
  optional: ['transaction_ids', 'external_id', 'other_fields'],
  ignored: ['line', 'reasons'], // of rejected.csv
  numbers: ['amount'],
  lists: ['transaction_ids'],
  maxRecordBytes: 64_000, // 100 transaction ids of 128 characters
};

/** Checks the rows of a file, then stores them as batches. */
export function payoutSink(deps: UploadDeps): ImportSink {
  return {
    shape: PAYOUT_ROWS,
    windowRows: Math.min(deps.policy.windowRows, MAX_PAYOUTS), // a batch
    maxBytes: deps.policy.most.bytes,
    passName: (checkpoint) => passOf(checkpoint).name,
    takeWindow: (one, before, window) =>
      passOf(before).name === 'check' ? checkWindow(deps, one, before, window) : storeWindow(deps, one, before, window),
    endPass: (one, checkpoint) =>
      passOf(checkpoint).name === 'check' ? endChecking(deps, one, checkpoint) : endStoring(deps, one, checkpoint),
    reportOf: async (one, checkpoint) => reportOf(one, checkpoint),
    afterwards: (one) => followUpload(deps, one),
  };
}

/** What the service does for an upload counts for the key that made it. */
const forUpload = ({ payouts }: UploadDeps, one: Import): PayoutDeps => {
  const { principal } = workOf(one);
  return { ...payouts, principal: () => principal };
};

async function checkWindow(
  deps: UploadDeps,
  one: Import,
  before: Checkpoint,
  window: readonly FileRecord[],
): Promise<Checkpoint> {
  const rows = before.rows + window.length;
  const most = deps.policy.most.rows;
  if (rows > most) throw new UnreadableFile(`The file has more than ${most} rows, the most that an upload may have.`);
  const { valid, rejected } = validRows(window, one);
  const instructions = valid.map(({ instruction }) => instruction);
  const payouts = forUpload(deps, one);
  await refusing(valid, () =>
    requireWithinPayoutLimit(payouts.principal(), instructions, (_, at) => `payouts[${at}].amount`),
  );
  await keepRejected(deps, one.id, rejected);
  const pass = passOf(before);
  const gathered = await gather(payouts, 'batch', pass.gathered, askedPayments(instructions));
  return {
    ...after(before, window),
    rejected: before.rejected + rejected.length,
    pass: passText({ ...pass, gathered }),
  };
}

async function endChecking(deps: UploadDeps, one: Import, { rows, rejected, pass }: Checkpoint): Promise<Checkpoint> {
  const { gathered } = passOf({ ...BEGINNING, pass });
  if (rows === 0 || !gathered) throw new UnreadableFile('The file has no rows.');
  if (rejected === rows) throw new UnreadableFile('No row of the file is valid.');
  if (rejected > 0 && workOf(one).onInvalid === 'reject_all')
    throw new UnreadableFile(`${rejected} of ${rows} rows are not valid, so none is stored.`);
  const id = () => approvalIdFor('batch', 'upload', one.id);
  const approval = await approvalNeededOf(forUpload(deps, one), 'batch', gathered, id);
  return { ...BEGINNING, pass: passText({ name: 'store', batches: 0, gathered, approval }) };
}

/** The rows of a window are a batch. Its id follows from its number, so the same window makes it once. */
async function storeWindow(
  deps: UploadDeps,
  one: Import,
  before: Checkpoint,
  window: readonly FileRecord[],
): Promise<Checkpoint> {
  const { valid, rejected } = validRows(window, one);
  const pass = passOf(before);
  const request = {
    batchId: uploadBatchId(one.id, pass.batches + 1),
    autoStart: false,
    upload: one.id,
    duplicates: workOf(one).duplicates,
    instructions: valid.map(({ instruction }) => instruction),
  };
  const stored =
    valid.length === 0 ? undefined : await refusing(valid, () => createBatch(forUpload(deps, one), request, undefined));
  const total = stored?.batch.total ?? 0;
  return {
    ...after(before, window),
    stored: before.stored + total,
    unchanged: before.unchanged + valid.length - total,
    rejected: before.rejected + rejected.length,
    pass: passText({ ...pass, batches: pass.batches + (stored ? 1 : 0) }),
  };
}

async function endStoring(deps: UploadDeps, one: Import, checkpoint: Checkpoint): Promise<'done'> {
  const { gathered, approval } = passOf(checkpoint);
  const stored = { ...one, checkpoint };
  const change = {
    ...reportOf(one, checkpoint),
    work: workText({ ...workOf(one), phase: approval ? 'held' : 'released', approval }),
  };
  const event = importCompleted(deps, one.id, checkpoint);
  if (approval && gathered) {
    const content = { kind: 'batch', subject: one.id, digest: await uploadContent(deps, stored) } as const;
    const { write } = toAsk(forUpload(deps, one), approval, { ...content, asked: gathered.asked });
    await deps.imports.move(one.id, 'COMPLETED', change, { event, approval: write, isOpen: true });
  } else await deps.imports.move(one.id, 'COMPLETED', change, { event, isOpen: true });
  return 'done';
}

const reportOf = ({ id }: Import, { rejected }: Checkpoint) => (rejected > 0 ? { report: rejectedPrefix(id) } : {});

/** What an approval of an upload is bound to: the content of each of its batches, in order. */
export async function uploadContent({ payouts }: Pick<UploadDeps, 'payouts'>, one: Import): Promise<string> {
  const batches = await batchesOf(payouts, one);
  return contentDigest('batch', one.id, ...batches.map(({ digest }) => digest));
}

/** In order. */
export async function batchesOf({ batches }: Pick<PayoutDeps, 'batches'>, one: Import): Promise<Batch[]> {
  const found = await batches.readMany(batchIdsOf(one));
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const after = (before: Checkpoint, window: readonly FileRecord[]): Checkpoint => {
  const last = window.at(-1);
  invariant(last, 'a window has rows');
  return { ...before, ...last.next, columns: last.columns, rows: before.rows + window.length };
};

type ValidRow = { readonly line: number; readonly instruction: Instruction };

/** The rows of a window that can be stored as one batch, and what is wrong with the others. */
function validRows(window: readonly FileRecord[], one: Import) {
  const { duplicates, claimsSales } = workOf(one);
  const valid: ValidRow[] = [];
  const rejected: RejectedRow[] = [];
  const reject = ({ line, row }: FileRecord, problems: readonly ErrorDetail[]) =>
    rejected.push({ position: line, list: 'payouts', row: givenRow(one, row), problems });
  const firsts = new Map<string, ValidRow>();
  for (const record of window) {
    const { line, row } = record;
    const read =
      row instanceof WrongRow
        ? [{ path: '', reason: row.reason }]
        : readInstruction(row, { claims: duplicates !== 'allow', claimsSales });
    if (Array.isArray(read)) {
      reject(record, read);
      continue;
    }
    const found: ValidRow = { line, instruction: read as Instruction };
    const field = fieldOfId(found.instruction);
    const key = `${field}#${found.instruction.externalId}`;
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, found);
    // createBatch skips a payout that is the same as an earlier one.
    if (first === undefined || (duplicates === 'skip' && field === 'external_id' && isForTheSame(found, first))) {
      valid.push(found);
    } else {
      reject(record, [{ path: field, reason: `is the same as on line ${first.line}` }]);
    }
  }
  return { valid, rejected };
}

/** A vendor that has one payout names it. */
const fieldOfId = ({ destination, externalId, payee }: Instruction) =>
  destination.type === 'bank_account' && externalId === payee.id ? 'vendor_id' : 'external_id';

function isForTheSame({ instruction: a }: ValidRow, { instruction: b }: ValidRow): boolean {
  return a.money.minor === b.money.minor && a.money.currency === b.money.currency && a.payee.id === b.payee.id;
}

/** What would refuse a request refuses the file. What can be another at the next try does not. */
async function refusing<Result>(rows: readonly ValidRow[], work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || ['REQUEST_IN_PROGRESS', 'RATE_LIMITED', 'INTERNAL'].includes(error.code))
      throw error;
    const [first, ...others] = error.details;
    const index = /^(?:payouts|items)\[(\d+)\]/.exec(first?.path ?? '')?.[1];
    const line = index === undefined ? '' : `Line ${rows[Number(index)]?.line}: `;
    const more = others.length > 0 ? `, and ${others.length} more` : '';
    throw new UnreadableFile(`${error.message}${first ? ` ${line}${first.reason}${more}.` : ''}`);
  }
}
