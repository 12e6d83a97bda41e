import type { Mutant } from './mutant.ts';

/** Files of payouts. */
export const uploads: readonly Mutant[] = [
  {
    name: 'a held batch can be started',
    domain: 'lifecycle',
    file: 'lib/payouts/batch.ts',
    code: "const STARTABLE = ['created',",
    becomes: "const STARTABLE = ['created', 'held' as 'created',",
    and: [
      {
        file: 'lib/payouts/batch.ts',
        code: "held: ['created', 'rejected'],",
        becomes: "held: ['created', 'rejected', 'in_progress'],",
      },
    ],
  },
  {
    name: 'an older order of an upload is followed',
    domain: 'lifecycle',
    file: 'lib/payouts/dynamo-batch-runs.ts',
    code: 'OR #upload_order < :upload_order)',
    becomes: 'OR #upload_order < :upload_order OR #upload_order >= :upload_order)',
    and: [
      {
        file: 'lib/payouts/follow-order.ts',
        code: 'if (!batch || (batch.uploadOrder ?? 0) >= order.number) return false;',
        becomes: 'if (!batch) return false;',
      },
    ],
  },
  {
    name: 'the batches of a refused file are started',
    domain: 'lifecycle',
    file: 'lib/uploads/follow-upload.ts',
    code: "if (status === 'FAILED' || phase === 'dropped') return { ...of, wanted: 'drop' };",
    becomes:
      "if (phase === 'dropped') return { ...of, wanted: 'drop' };\n  if (status === 'FAILED') return { ...of, wanted: 'start' };",
  },
  {
    name: 'a batch is left of an upload that was cancelled while it was stored',
    domain: 'lifecycle',
    file: 'lib/uploads/follow-upload.ts',
    code: "{ andNext: order.wanted === 'drop' }",
    becomes: '{ andNext: false }',
  },
  {
    name: 'a batch is stored for an upload that has ended',
    domain: 'lifecycle',
    file: 'lib/payouts/dynamo-batch-header.ts',
    code: '...(upload ? { upload: whileRunning(tables.imports, upload) } : {}),',
    becomes: '',
  },
  {
    name: 'a cancel of an upload that meets the end of storing is lost',
    domain: 'lifecycle',
    file: 'lib/uploads/request-upload.ts',
    code: "if (failed.status === 'FAILED') return failed;",
    becomes: 'if (failed.status) return failed;',
  },
  {
    name: 'the file of an upload is kept',
    domain: 'lifecycle',
    file: 'lib/uploads/follow-upload.ts',
    code: 'await deps.files.removeAll(uploadKey(one.id));',
    becomes: '',
  },
  {
    name: 'an upload is stored of two files',
    domain: 'lifecycle',
    file: 'lib/aws/files.ts',
    code: 'Range, IfMatch: etag }',
    becomes: 'Range }',
  },
  {
    name: 'an upload is released before it is approved',
    domain: 'lifecycle',
    file: 'lib/uploads/store-upload.ts',
    code: "phase: approval ? 'held' : 'released', approval }",
    becomes: "phase: 'released', approval }",
  },
  {
    name: 'a rejected upload is released',
    domain: 'lifecycle',
    file: 'lib/uploads/approve-upload.ts',
    code: "const phase = status === 'approved' ? 'released' : 'dropped';",
    becomes: "const phase = 'released' as string === status ? 'dropped' : 'released';",
  },
];
