/** What the kernel knows of running processes, read from /proc (proc(5)); where there is none, nothing. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** The descendants of a process, parents before their children; without the process itself. */
export function descendantsOf(pid: number): number[] {
  const children = Map.groupBy(runningPids(), parentOf);
  const below = (parent: number): number[] => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

/** A zombie does not run any more: it only waits for its parent to take note. */
export function isRunning(pid: number): boolean {
  const state = statFields(pid)[0];
  return state !== undefined && state !== 'Z';
}

/** Peak resident memory; shared pages count in each process that has them. */
export function peakMemoryMb(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024);
}

/** The script that a process runs, or else its program, without the folder. */
export function nameOf(pid: number): string {
  const [program = '', ...args] = read(`/proc/${pid}/cmdline`).split('\0');
  const script =
    basename(program) === 'node' ? args.find((arg, at) => isScript(arg) && args[at - 1] !== '--import') : undefined;
  return basename(script ?? program);
}

const isScript = (argument: string) => /\.[cm]?[jt]s$/.test(argument) && !argument.startsWith('-');

function runningPids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function parentOf(pid: number): number {
  return Number(statFields(pid)[1] ?? 0);
}

/** State, parent and so on; the name before them is in parentheses and may hold anything. */
function statFields(pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
}
