import { z } from 'zod';
import { entity, fields, text } from '../kernel/codec.ts';
import type { DeadLetter } from './index.ts';

/** The message that ended in a dead-letter queue, in the item that it was about. */
export const deadLetter = fields<DeadLetter>({ at: text(), messageId: text(), receives: z.int() });
/** The path of its id in that item. */
export const DEAD_LETTER_MESSAGE = 'dead_letter.message_id';
export const { encode: deadLetterItem } = entity(deadLetter);
