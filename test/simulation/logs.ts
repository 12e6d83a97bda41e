/** A line that the service has logged because something failed. */
export type Failure = {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: Failure;
  /** Of one that stands for many. */
  readonly errors?: readonly Failure[];
};

let hear: (failure: Failure) => void = () => {};

/** Who is told of failures from now on, while the code that has failed still runs. */
export function hearFailures(hearer: (failure: Failure) => void): void {
  hear = hearer;
}

/** The functions log to the standard output, of which only failures matter. @returns what prints all the same */
export function captureOutput(): (line: string) => void {
  process.env.LOG_LEVEL = 'error';
  const write = process.stdout.write.bind(process.stdout);
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (said: unknown) => {
      listen(String(said));
      return true;
    };
  }
  return (line) => void write(`${line}\n`);
}

function listen(said: string): void {
  if (!said.startsWith('{"')) return;
  const { level, error } = JSON.parse(said) as { level?: string; error?: Failure };
  if (level === 'error' && error) hear(error);
}
