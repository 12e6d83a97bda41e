/** Under `npm start` the user may kill npm instead of this process. */

import { readFileSync } from 'node:fs';

const CHECK_EVERY_MS = 500;

/**
 * Calls back if the npm that started this process was killed with kill -9. Never calls back if npm did not start it, or if the
 * system has no /proc.
 */
export function onNpmKilled(callback: () => void): void {
  const link = process.env.npm_lifecycle_event?.startsWith('start') ? linkToNpm() : undefined;
  if (link === undefined) return;
  const timer = setInterval(() => {
    if (parentOf(link.child) === link.npm) return; // an orphan gets another parent
    clearInterval(timer);
    callback();
  }, CHECK_EVERY_MS);
  timer.unref();
}

/** npm runs a shell, which runs this process or execs it. `child` is the direct child of npm. */
function linkToNpm(): { child: number; npm: number } | undefined {
  for (let child = process.pid; child > 1; ) {
    const parent = parentOf(child);
    if (parent === undefined) return undefined;
    if (/\bnpm\b/.test(commandOf(parent))) return { child, npm: parent };
    child = parent;
  }
  return undefined;
}

/** The fourth field of /proc/<pid>/stat. The second, the name, is in parentheses and may contain spaces (proc(5)). */
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
