import { setTimeout } from 'node:timers/promises';

const WITHIN_MS = 10_000;

/**
 * The JavaScript heap of a Node process after a collection, in MB. SIGUSR1 opens its inspector, on the port of
 * `--inspect-port` that it was started with; it is closed again afterwards, so that the next process can use the port.
 */
export async function heapMb(pid: number, port: number): Promise<number> {
  process.kill(pid, 'SIGUSR1');
  const session = await connect(port);
  await session('HeapProfiler.collectGarbage');
  const { usedSize } = await session('Runtime.getHeapUsage');
  const closed = session('Runtime.evaluate', { expression: "process.getBuiltinModule('inspector').close()" });
  await Promise.race([closed, untilClosed(port)]);
  await untilClosed(port);
  return Number(usedSize) / 2 ** 20;
}

type Session = (method: string, params?: object) => Promise<Record<string, unknown>>;

async function connect(port: number): Promise<Session> {
  const socket = new WebSocket(await debuggerUrl(port));
  const answers = new Map<number, (result: Record<string, unknown>) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result = {} } = JSON.parse(String(data)) as { id: number; result?: Record<string, unknown> };
    answers.get(id)?.(result);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`the inspector at ${port} refused the connection`)));
  });
  return (method, params = {}) =>
    new Promise((resolve) => {
      const id = answers.size + 1;
      answers.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
}

async function debuggerUrl(port: number): Promise<string> {
  for (const deadline = Date.now() + WITHIN_MS; ; await setTimeout(20)) {
    const [target] = await targetsAt(port);
    if (target) return target.webSocketDebuggerUrl;
    if (Date.now() > deadline) throw new Error(`no inspector opened at ${port}`);
  }
}

async function untilClosed(port: number): Promise<void> {
  for (const deadline = Date.now() + WITHIN_MS; (await targetsAt(port)).length > 0; await setTimeout(20)) {
    if (Date.now() > deadline) throw new Error(`the inspector at ${port} did not close`);
  }
}

function targetsAt(port: number): Promise<{ webSocketDebuggerUrl: string }[]> {
  return fetch(`http://127.0.0.1:${port}/json/list`).then(
    (answer) => answer.json() as Promise<{ webSocketDebuggerUrl: string }[]>,
    () => [],
  );
}
