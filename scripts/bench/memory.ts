import { nameOf, peakMemoryMb } from '../processes.ts';
import type { ServiceProcess } from '../service.ts';

/** The peak of each process of a service so far, and their sum. */
export function memoryOf(service: ServiceProcess) {
  const peaks = service.pids.map((pid) => ({ process: nameOf(pid), peakMb: peakMemoryMb(pid) }));
  const all = peaks.reduce((sum, { peakMb }) => sum + peakMb, 0);
  return [...peaks.filter(({ peakMb }) => peakMb > 0), { process: 'all together', peakMb: all }];
}
