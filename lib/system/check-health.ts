export type Check = { readonly name: string; readonly isUp: () => Promise<boolean> };
export type Health = { readonly status: 'ok' | 'degraded'; readonly checks: Readonly<Record<string, 'up' | 'down'>> };

/** Asks every dependency, at once. One that throws, or takes longer than `timeoutMs`, is down. */
export async function checkHealth(checks: readonly Check[], timeoutMs: number): Promise<Health> {
  const results = await Promise.all(
    checks.map(async ({ name, isUp }) => [name, (await inTime(isUp, timeoutMs)) ? 'up' : 'down'] as const),
  );
  const status = results.every(([, result]) => result === 'up') ? 'ok' : 'degraded';
  return { status, checks: Object.fromEntries(results) };
}

async function inTime(isUp: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([isUp().catch(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}
