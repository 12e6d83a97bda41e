import type { LogFields } from '../kernel/log.ts';

/** One delivery of a message. `receives`: how often the queue has delivered it. */
export type Delivery = { readonly messageId: string; readonly receives: number };

/** A message that its queue gave up. `at`: when that was recorded. */
export type DeadLetter = Delivery & { readonly at: string };

/** How one domain marks the work of a message that its queue gave up. */
export type DeadLetterDeps<Message> = {
  /** Repeatable. Does nothing if the work has got further. @returns what the log line says of the work */
  readonly markDead: (message: Message, deadLetter: DeadLetter) => Promise<LogFields>;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** Marks the work of a dead-lettered message, where clients and operators see it until it is redriven. */
export async function recordDeadLetter<Message>(
  { markDead, now }: DeadLetterDeps<Message>,
  message: Message,
  delivery: Delivery,
): Promise<LogFields> {
  const fields = await markDead(message, { ...delivery, at: new Date(now()).toISOString() });
  return { ...fields, result: 'dead_letter_recorded' };
}
