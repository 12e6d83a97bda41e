import type {
  Approval,
  Batch,
  Circuit,
  Import,
  Job,
  Key,
  Payment,
  Payout,
  Upload,
  WebhookDelivery,
} from '../../../client/index.ts';

type Tone = 'good' | 'bad' | 'unsure' | 'warn' | 'active' | 'idle' | 'off' | 'back';

const SYMBOLS: Record<Tone, string> = {
  good: '✓',
  bad: '✕',
  unsure: '?',
  warn: '!',
  active: '▸',
  idle: '○',
  off: '⊘',
  back: '↩',
};

type Shown =
  | 'accepted'
  | 'enabled'
  | 'disabled'
  | 'failing'
  | Circuit['state']
  | 'applied'
  | 'dead_letter'
  | Lowercase<(Import | Job)['status']>
  | Lowercase<Payment['status']>
  | 'holds'
  | 'violated'
  | 'not_checked'
  | 'restarting'
  | (Approval | Batch | Key | Payout | Upload | WebhookDelivery)['status'];

const TONES: Readonly<Record<Shown, Tone>> = {
  creating: 'idle',
  discarding: 'off',
  held: 'warn',
  awaiting_approval: 'warn',
  created: 'idle',
  scheduled: 'idle',
  in_progress: 'active',
  stopping: 'warn',
  stopped: 'warn',
  cancelling: 'off',
  completed: 'good',
  partially_completed: 'warn',
  failed: 'bad',
  cancelled: 'off',
  rejected: 'bad',
  pending: 'idle',
  processing: 'active',
  retrying: 'warn',
  unknown: 'unsure',
  returned: 'back',
  waiting: 'warn',
  approved: 'good',
  lapsed: 'off',
  active: 'good',
  expired: 'off',
  revoked: 'off',
  delivered: 'good',
  queued: 'idle',
  running: 'active',
  awaiting_upload: 'idle',
  checking: 'active',
  storing: 'active',
  refused: 'bad',
  accepted: 'good',
  enabled: 'good',
  closed: 'good',
  applied: 'good',
  dead_letter: 'bad',
  open: 'bad',
  disabled: 'off',
  failing: 'bad',
  declined: 'bad',
  holds: 'good',
  violated: 'bad',
  not_checked: 'off',
  restarting: 'warn',
};

/** The CSS variable of a status, for elements that show it by colour. */
export const toneOf = (status: string): string =>
  `var(--${(TONES as Readonly<Record<string, Tone>>)[status.toLowerCase()] ?? 'idle'})`;

export const nameOf = (status: string): string => status.toLowerCase().replaceAll('_', ' ');

/** Colour, symbol and word: the colour alone says nothing. */
export function Status({ of: status }: { of: string }) {
  const tone = (TONES as Readonly<Record<string, Tone>>)[status.toLowerCase()] ?? 'idle';
  return (
    <span className="status" style={{ '--tone': toneOf(status) } as React.CSSProperties}>
      <span aria-hidden="true">{SYMBOLS[tone]}</span>
      {nameOf(status)}
    </span>
  );
}
