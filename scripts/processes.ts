/** Signals, and other processes. These are read from /proc (proc(5)): on systems without it none is found. */

import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `work`. At a signal it calls `end` and exits, with the exit code of a shell. */
export async function endingAtSignals<Result>(end: () => void, work: () => Promise<Result>): Promise<Result> {
  const onSignal = (signal: (typeof SIGNALS)[number]) => {
    end();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

/** The descendants of a process, parents before their children; without the process itself. */
export function descendantsOf(pid: number): number[] {
  const children = Map.groupBy(runningPids(), parentOf);
  const below = (parent: number): number[] => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

/** False for a zombie. */
export function isRunning(pid: number): boolean {
  const state = statFields(pid)[0];
  return state !== undefined && state !== 'Z';
}

/** Peak resident memory. Shared pages count in every process. */
export function peakMemoryMb(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024);
}

/** Resident memory. */
export function memoryMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024);
}

/** Of user and system. Linux counts in hundredths of a second. */
export function cpuSeconds(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

/** The file name of the script that a process runs, or else of its program. */
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

/** State, parent and so on. The process name before them is in parentheses and may contain anything. */
function statFields(pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has ended
  }
}
