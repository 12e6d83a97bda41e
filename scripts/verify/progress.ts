import { SingleBar } from 'cli-progress';
import type { Progress } from './tables.ts';

/** Shows the progress of reading as a bar, on a terminal only. */
export async function withBar<Result>(what: string, work: (onProgress: Progress) => Promise<Result>): Promise<Result> {
  const format = `${what}: {value} of about {total} items [{bar}]`;
  const bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true });
  bar.start(1, 0);
  try {
    return await work((items, ofAbout) => {
      bar.setTotal(ofAbout);
      bar.update(items);
    });
  } finally {
    bar.stop();
  }
}
