import { createHash } from 'node:crypto';

export const PARTS = 6;

/** Which part of the deaths in crash matrices a run plays. */
export type Draw = { readonly plays: 'drawn' | 'others' | 'all'; readonly part: number };

/** Whether the run plays the death of this name. Each name belongs to one part, in every run and on every machine. */
export function isPlayed(name: string, { plays, part }: Draw): boolean {
  if (plays === 'all') return true;
  const own = createHash('sha256').update(name).digest().readUInt32BE() % PARTS;
  return (own === part) === (plays === 'drawn');
}
