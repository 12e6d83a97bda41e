import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Functions } from '../../localstack/embedded/offline/functions.ts';
import type { FunctionDefinition, Serverless } from '../../localstack/embedded/offline/serverless.ts';

const MODULE = `
  let authorizations = 0;
  export const loadedAt = {};
  export const echo = async (event, context) => ({ event, name: context.functionName, ms: context.getRemainingTimeInMillis() });
  export const environment = async () => process.env.LOCAL_FUNCTIONS_TEST;
  export const state = async () => loadedAt;
  export const slow = () => new Promise(() => {});
  export const fail = async () => { throw new RangeError('no') };
  export const nothing = async () => {};
  export const authorize = async ({ identitySource }) => {
    authorizations += 1;
    if (identitySource === 'wrong') throw new Error('Unauthorized ' + authorizations);
    return { principalId: identitySource, authorizations };
  };
`;

/** Functions whose code is {@link MODULE}, and a route with an authorizer. */
function givenFunctions(
  authorizer: object = { name: 'authorize', resultTtlInSeconds: 60 },
  now?: () => number,
): Functions {
  const serviceDir = mkdtempSync(join(tmpdir(), 'sluice-functions-'));
  onTestFinished(() => rmSync(serviceDir, { recursive: true }));
  writeFileSync(join(serviceDir, 'module.mjs'), MODULE);
  const names = ['echo', 'environment', 'state', 'slow', 'fail', 'nothing', 'absent', 'authorize'];
  const functions = names.map((name): [string, FunctionDefinition] => {
    const events = name === 'echo' ? [{ http: { authorizer } }] : [];
    return [name, { name: `service-${name}`, handler: `module.${name}`, timeout: name === 'slow' ? 0.05 : 20, events }];
  });
  const service = {
    provider: { environment: { LOCAL_FUNCTIONS_TEST: 5 } },
    functions: Object.fromEntries(functions),
  };
  return new Functions({ serviceDir, service } as unknown as Serverless, now);
}

afterEach(() => {
  delete process.env.LOCAL_FUNCTIONS_TEST;
});

describe('a function of the laptop', () => {
  it('gets a copy of its event, its name and its remaining time', async () => {
    const { invoke } = givenFunctions();
    const event = { at: 1, absent: undefined };
    expect(await invoke('service-echo', event)).toStrictEqual({
      event: { at: 1 },
      name: 'service-echo',
      ms: expect.toSatisfy((ms: number) => ms > 19_000 && ms <= 20_000),
    });
    expect(await invoke('service-nothing', {})).toBeNull();
  });

  it('has its environment as text', async () => {
    expect(await givenFunctions().invoke('service-environment', {})).toBe('5');
  });

  it('fails with its own error', async () => {
    await expect(givenFunctions().invoke('service-fail', {})).rejects.toMatchObject({
      name: 'RangeError',
      message: 'no',
    });
  });

  it.each(['service-absent', 'unknown'])('that does not exist cannot be invoked: %s', async (name) => {
    await expect(givenFunctions().invoke(name, {})).rejects.toThrow(/does not export|no function/);
  });

  it('leaves no timer behind', async () => {
    const { invoke } = givenFunctions();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    for (let count = 0; count < 10; count += 1) await invoke('service-nothing', {});
    expect(timers()).toBeLessThan(before + 5);
  });
});

describe('with time that passes', () => {
  it('a function that takes too long fails, and the gateway answers 504', async () => {
    const { invoke } = givenFunctions();
    await expect(invoke('service-slow', {})).rejects.toThrow('[504]');
  });

  it('the result of an authorizer is kept for the time of its route, for each key', async () => {
    let now = 0;
    const { invoke } = givenFunctions(undefined, () => now);
    const authorize = (identitySource: string) => invoke('service-authorize', { identitySource });
    expect(await authorize('a')).toEqual({ principalId: 'a', authorizations: 1 });
    expect(await authorize('b')).toEqual({ principalId: 'b', authorizations: 2 });
    now = 59_999;
    expect(await authorize('a')).toEqual({ principalId: 'a', authorizations: 1 });
    now = 60_000;
    expect(await authorize('a')).toEqual({ principalId: 'a', authorizations: 3 });
  });

  it('the refusal of an authorizer is not kept', async () => {
    const { invoke } = givenFunctions();
    const authorize = () => invoke('service-authorize', { identitySource: 'wrong' });
    await expect(authorize()).rejects.toThrow('Unauthorized 1');
    await expect(authorize()).rejects.toThrow('Unauthorized 2');
  });

  it('without a time to live, the authorizer is invoked for each request', async () => {
    const { invoke } = givenFunctions({ name: 'authorize', resultTtlInSeconds: 0 });
    const authorize = () => invoke('service-authorize', { identitySource: 'a' });
    await authorize();
    expect(await authorize()).toMatchObject({ authorizations: 2 });
  });
});
