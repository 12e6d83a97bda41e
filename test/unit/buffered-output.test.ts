import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { bufferOutput } from '../../localstack/embedded/offline/buffered-output.ts';

function givenAnOutput() {
  const output = new PassThrough() as unknown as NodeJS.WriteStream;
  const written: string[] = [];
  output.write = (chunk: unknown) => written.push(String(chunk)) > 0;
  const before = process.listeners('exit');
  bufferOutput(output);
  const onExit = process.listeners('exit').find((listener) => !before.includes(listener));
  onTestFinished(() => void (onExit && process.off('exit', onExit)));
  return { output, written, onExit };
}

it('lines are written together, in their order', async () => {
  const { output, written } = givenAnOutput();
  output.write('a\n');
  output.write(Buffer.from('é\n'));
  expect(written).toEqual([]);
  await setTimeout(50);
  expect(written).toEqual(['a\né\n']);
  output.write('b\n');
  await setTimeout(50);
  expect(written).toEqual(['a\né\n', 'b\n']);
});

it('the last lines are written when the process exits', async () => {
  const { output, written, onExit } = givenAnOutput();
  output.write('last\n');
  onExit?.(0);
  expect(written).toEqual(['last\n']);
  await setTimeout(50);
  expect(written).toEqual(['last\n']);
});
