/** How the mock bank behaves; server.ts describes each. */
export const MODES = [
  'happy',
  'latency',
  'timeout',
  'timeout-after-effect',
  '500',
  'declined',
  'garbage',
  'random',
  'reorg',
] as const;

export type Mode = (typeof MODES)[number];
