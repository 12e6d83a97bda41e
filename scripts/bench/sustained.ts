/** Many operations in a row in one service: what grows, and what slows down? */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { range } from 'es-toolkit';
import { freePort } from '../../localstack/embedded/ports.ts';
import type { Endpoints } from '../endpoints.ts';
import { cpuSeconds, memoryMb, nameOf } from '../processes.ts';
import { type ServiceProcess, withService } from '../service.ts';
import { exitCodeOf, textOf } from '../verify/report.ts';
import { verifyAll } from '../verify/verify.ts';
import { calibrate, type Limits } from './calibration.ts';
import { heapMb } from './heap.ts';
import { inParallel, quiet } from './load.ts';
import { measureBatch } from './measure.ts';
import { atLeast, atMost, line } from './report.ts';
import { openWallets, pay } from './wallets.ts';
import { accept, drained, openCryptoWallets } from './withdrawals.ts';

const FULL_SIZE = { payments: 100_000, payouts: 100_000, withdrawals: 20_000 };
const CLIENTS = 50;
const TENTHS = 10;
/** Of the full size, before anything is measured, so that code is compiled and caches are filled. */
const WARM_UP_SHARE = 0.02;
const LEAST_PERCENT_OF_FIRST = 95;
const MOST_PERCENT_OF_HEAP = 110;

export const SUSTAINED_NOTES = `
last     throughput of the last tenth, in % of the first. "machine": the same of the raw transactions of a calibration before
         and after: if the machine has become slower, so has everything on it. CPU ms: of one operation in the first and the
         last tenth, in all processes of ours and in the emulator; it depends less on what else the machine does
heap     of JavaScript, after a collection, by process: at the beginning (after a warm-up), in the middle, at the end
emulator resident memory of dynoxide, and bytes of all files per operation (database with its stream, ledger of the bank,
         queues, logs), which nothing removes while the service runs`;

type Tenth = { readonly perSecond: number; readonly oursMs: number; readonly emulatorMs: number };
type Loaded = {
  readonly load: string;
  readonly many: number;
  readonly tenths: readonly Tenth[];
  readonly bytes: number;
};
type HeapSample = { readonly process: string; readonly mb: number }[];

export type SustainedMeasured = {
  readonly loads: readonly Loaded[];
  readonly heaps: readonly HeapSample[];
  readonly emulatorMb: readonly number[];
  /** Raw transactions per second of the emulator alone, before and after. */
  readonly machine: readonly [number, number];
  readonly verified: { readonly clean: boolean; readonly text: string };
};

/** @param scale 1 for the full size @param before the machine's limits just before */
export async function measureSustained(scale: number, before: Limits): Promise<SustainedMeasured> {
  const measured = await withService(async (service) => {
    const inspectPort = await freePort();
    const at = await service.start({ NODE_OPTIONS: `--inspect-port=${inspectPort}` });
    const heaps: HeapSample[] = [];
    const emulatorMb: number[] = [];
    const sample = async () => {
      await quiet(at);
      heaps.push(await heapsOf(service, inspectPort));
      emulatorMb.push(memoryMb(emulatorOf(service)));
    };
    await openWallets(at, usersOf());
    await openCryptoWallets(at);
    for (const [name, many] of sizes(WARM_UP_SHARE)) await LOADS[name](at, `warm-${name}`, many);
    await sample();
    const loads: Loaded[] = [];
    for (const [name, many] of sizes(scale)) {
      loads.push(await inTenths(service, name, many, (tenth, part) => LOADS[name](at, `tenth-${tenth}`, part)));
      await sample();
    }
    const all = await verifyAll(at);
    const verified = { clean: exitCodeOf(all) === 0, text: all.map(textOf).join('\n') };
    return { loads, heaps, emulatorMb, verified };
  });
  return { ...measured, machine: [before.transactions, (await calibrate()).transactions] };
}

type LoadName = keyof typeof FULL_SIZE;
const sizes = (scale: number) =>
  Object.entries(FULL_SIZE).map(([name, many]) => [name as LoadName, Math.max(Math.round(many * scale), 100)] as const);
const usersOf = () => range(CLIENTS).map((client) => `sustained-${client}`);

const LOADS: Record<LoadName, (at: Endpoints, name: string, many: number) => Promise<void>> = {
  payments: async (at, name, many) => {
    const users = usersOf();
    await inParallel(CLIENTS, many, (nth, client) => pay(at, users[client] ?? '', `${name}-${nth}`));
  },
  payouts: async (at, name, many) => {
    for (const [index, size] of batchesOf(many).entries()) {
      await measureBatch(at, `${name}-${index}`, size, { mode: 'happy', latencyMs: [0, 0] });
    }
  },
  withdrawals: async (at, name, many) => {
    await accept(at, name, { source: 'wallet', many });
    await drained(at);
  },
};

const BATCH = 5_000;
const batchesOf = (many: number) => [...range(Math.floor(many / BATCH)).map(() => BATCH), many % BATCH].filter(Boolean);

async function inTenths(
  service: ServiceProcess,
  load: string,
  many: number,
  run: (tenth: number, part: number) => Promise<void>,
): Promise<Loaded> {
  const part = Math.round(many / TENTHS);
  const before = bytesIn(service.dataDir);
  const tenths: Tenth[] = [];
  for (const tenth of range(TENTHS)) {
    const [cpu, began] = [cpuOf(service), performance.now()];
    await run(tenth, part);
    const seconds = (performance.now() - began) / 1_000;
    const { ours, emulator } = cpuOf(service);
    const ms = (end: number, start: number) => ((end - start) * 1_000) / part;
    tenths.push({
      perSecond: part / seconds,
      oursMs: ms(ours, cpu.ours),
      emulatorMs: ms(emulator, cpu.emulator),
    });
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  return { load, many, tenths, bytes: (bytesIn(service.dataDir) - before) / many };
}

const isEmulator = (pid: number) => nameOf(pid) === 'dynoxide';
const emulatorOf = ({ pids }: ServiceProcess) => pids.find(isEmulator) ?? 0;

function cpuOf({ pids }: ServiceProcess) {
  const seconds = (of: number[]) => of.reduce((total, pid) => total + cpuSeconds(pid), 0);
  return { ours: seconds(pids.filter((pid) => !isEmulator(pid))), emulator: seconds(pids.filter(isEmulator)) };
}

async function heapsOf({ pids }: ServiceProcess, inspectPort: number): Promise<HeapSample> {
  const samples: HeapSample = [];
  for (const pid of pids.filter((one) => /\.[jt]s$/.test(nameOf(one)))) {
    samples.push({ process: nameOf(pid), mb: await heapMb(pid, inspectPort) });
  }
  return samples;
}

function bytesIn(directory: string): number {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(directory, name), { throwIfNoEntry: false }))
    .reduce((total, file) => total + (file?.isFile() ? file.size : 0), 0);
}

const round = (value = Number.NaN, digits = 0) => Number(value.toFixed(digits));
const percent = (of?: number, whole?: number) => round((100 * (of ?? Number.NaN)) / (whole ?? Number.NaN));

export function sustainedTables({ loads, heaps, emulatorMb, machine }: SustainedMeasured) {
  const loadRows = loads.map(({ load, many, tenths, bytes }) => {
    const [first, last] = [tenths[0], tenths.at(-1)];
    return {
      load,
      many,
      'first tenth/s': round(first?.perSecond),
      'last tenth/s': round(last?.perSecond),
      'last, % of first': percent(last?.perSecond, first?.perSecond),
      'machine, % of before': percent(machine[1], machine[0]),
      'CPU ms, first': round(first?.oursMs, 2),
      'CPU ms, last': round(last?.oursMs, 2),
      'emulator CPU ms, first': round(first?.emulatorMs, 2),
      'emulator CPU ms, last': round(last?.emulatorMs, 2),
      'bytes on disk each': round(bytes),
    };
  });
  const heapRows = heapGrowth(heaps).map(({ process, mbs, growth }) => ({
    'heap of': process,
    ...samplesOf(mbs),
    'most, % of begin': growth,
  }));
  return [loadRows, heapRows, [{ 'memory of': 'dynoxide', ...samplesOf(emulatorMb) }]];
}

const samplesOf = (mbs: readonly number[]) => ({
  'begin MB': round(mbs[0], 1),
  'after payments': round(mbs[1], 1),
  'after payouts': round(mbs[2], 1),
  'end MB': round(mbs.at(-1), 1),
});

function heapGrowth(heaps: readonly HeapSample[]) {
  return (heaps[0] ?? []).map(({ process }, index) => {
    const mbs = heaps.map((sample) => sample[index]?.mb ?? Number.NaN);
    return { process, mbs, growth: percent(Math.max(...mbs), mbs[0]) };
  });
}

export function sustainedBudgets({ loads, heaps, verified }: SustainedMeasured) {
  return [
    ...loads.map(({ load, tenths }) =>
      line(
        `${load}: last tenth, % of the first`,
        percent(tenths.at(-1)?.perSecond, tenths[0]?.perSecond),
        atLeast(LEAST_PERCENT_OF_FIRST),
      ),
    ),
    ...heapGrowth(heaps).map(({ process, growth }) =>
      line(`heap of ${process}: most, % of the beginning`, growth, atMost(MOST_PERCENT_OF_HEAP)),
    ),
    line('npm run verify: domains that are not clean', verified.clean ? 0 : 1, atMost(0)),
  ];
}
