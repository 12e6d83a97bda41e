/** Each write to the pipe of the parent is synchronous. With one write per log line, they took 5 % of the process's time. */

const FLUSH_AFTER_MS = 10;

/** Collects what this process writes to its output for some milliseconds. A kill -9 loses these lines. */
export function bufferOutput(output: NodeJS.WriteStream = process.stdout): void {
  const write = output.write.bind(output);
  let lines = '';
  const flush = () => {
    const text = lines;
    lines = '';
    if (text !== '') write(text);
  };
  output.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    if (lines === '') setTimeout(flush, FLUSH_AFTER_MS).unref();
    lines += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const callback = rest.at(-1);
    if (typeof callback === 'function') process.nextTick(callback as () => void);
    return true;
  };
  process.on('exit', flush);
}
