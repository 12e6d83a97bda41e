import type { Approval } from '../../../../client/index.ts';

const isNew = ({ change }: Approval['asked']) => (change as { action?: string } | null)?.action === 'create';

/** One approval is for all batches of an uploaded file. */
export const isUpload = (subject: string): boolean => /^upl_[0-9a-f]{32}$/.test(subject);

/** What is asked for, with the id of its subject. */
export function titleOf({ kind, subject_id: subject, asked }: Approval): string {
  switch (kind) {
    case 'batch':
      return isUpload(subject) ? `Pay the file ${subject}` : `Pay batch ${subject}`;
    case 'withdrawal':
      return `Send withdrawal ${subject}`;
    case 'deny_list_removal':
      return 'Remove an address from the deny-list';
    case 'key':
      return `${isNew(asked) ? 'Make' : 'Change'} key ${subject}`;
    case 'policy':
      return 'Change the approval rules';
  }
}
