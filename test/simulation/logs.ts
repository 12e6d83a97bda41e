/** The error of a log line. */
export type Failure = {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: Failure;
  /** The errors of an aggregate. */
  readonly errors?: readonly Failure[];
};

let report: (failure: Failure) => void = () => {};

/** From now on `listener` gets each logged failure, while the code that failed still runs. */
export function onFailure(listener: (failure: Failure) => void): void {
  report = listener;
}

/** Reads the service's log lines off the standard output. @returns a function that prints a line nevertheless */
export function captureOutput(): (line: string) => void {
  process.env.LOG_LEVEL = 'error';
  const write = process.stdout.write.bind(process.stdout);
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (text: unknown) => {
      listen(String(text));
      return true;
    };
  }
  return (line) => void write(`${line}\n`);
}

function listen(text: string): void {
  if (!text.startsWith('{"')) return;
  const { level, error } = JSON.parse(text) as { level?: string; error?: Failure };
  if (level === 'error' && error) report(error);
}
