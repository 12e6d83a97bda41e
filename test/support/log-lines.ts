import { vi } from 'vitest';

export type LogLine = Record<string, unknown> & { readonly level: string; readonly message: string };

/** Everything that is logged from now on: one JSON object a line. */
export function logLines(): { readonly all: LogLine[]; readonly text: () => string; forget(): void } {
  let written = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      written += chunk;
      return true;
    });
  }
  return {
    get all() {
      return written.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as LogLine] : []));
    },
    text: () => written,
    forget() {
      written = '';
    },
  };
}
