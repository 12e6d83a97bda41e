import { readdirSync, readFileSync } from 'node:fs';

/** Peak resident memory, in MB, of a process and all its descendants; 0 where there is no /proc. */
export function peakMemoryMb(pid: number): { total: number; largest: number } {
  const peaks = family(pid).map((member) => Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${member}/status`))?.[1] ?? 0));
  const mb = (kb: number) => Math.round(kb / 1_024);
  return { total: mb(peaks.reduce((a, b) => a + b, 0)), largest: mb(Math.max(0, ...peaks)) };
}

function family(pid: number): number[] {
  const children = processes().filter((candidate) => parentOf(candidate) === pid);
  return [pid, ...children.flatMap(family)];
}

function processes(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function parentOf(pid: number): number {
  return Number(/PPid:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
}
