/** Under `npm start` this process is not the one that a user sees, finds and kills: npm is. */

import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 500;

/**
 * Calls back when npm, having started this process, was killed without telling it (kill -9). Never calls back when
 * started otherwise, or where there is no /proc to find npm in.
 */
export function whenNpmDies(callback: () => void): void {
  const link = process.env.npm_lifecycle_event?.startsWith('start') ? linkToNpm() : undefined;
  if (link === undefined) return;
  const timer = setInterval(() => {
    if (parentOf(link.child) === link.npm) return; // a process whose parent died has another one
    clearInterval(timer);
    callback();
  }, LOOK_EVERY_MS);
  timer.unref();
}

/** npm runs a shell, which runs this process or becomes it: `child` is whichever npm is the parent of. */
function linkToNpm(): { child: number; npm: number } | undefined {
  for (let child = process.pid; child > 1; ) {
    const parent = parentOf(child);
    if (parent === undefined) return undefined;
    if (/\bnpm\b/.test(commandOf(parent))) return { child, npm: parent };
    child = parent;
  }
  return undefined;
}

/** The fourth field of /proc/<pid>/stat; the second, the name, is in parentheses and may hold anything (proc(5)). */
function parentOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat === '' ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).split('\0')[0] ?? '';
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
