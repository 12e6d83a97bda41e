import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tables } from '../../functions/routes.ts';
import { router } from '../../lib/edge/router.ts';

const get = (path: string) => ({ method: 'GET', path });
const routes = [get('/keys/{key_id}'), get('/keys/self'), get('/keys/{key_id}/uses/{use}'), get('/keys')];
const find = router(routes);
const ask = (path: string | undefined, httpMethod = 'GET', resource = '/keys/{path+}') =>
  find({ httpMethod, resource, pathParameters: path === undefined ? null : { path } });

describe('the router of a function', () => {
  it('finds a route by its own path', () => {
    expect(find({ httpMethod: 'GET', resource: '/keys', pathParameters: null })?.route).toBe(routes[3]);
    expect(
      find({ httpMethod: 'GET', resource: '/keys/{key_id}', pathParameters: { key_id: 'a/b' } })?.parameters,
    ).toEqual({ key_id: 'a/b' });
  });

  it('finds a route below a greedy path, with its parameters', () => {
    expect(ask('k1')).toEqual({ route: routes[0], parameters: { key_id: 'k1' } });
    expect(ask('k1/uses/u2')).toEqual({ route: routes[2], parameters: { key_id: 'k1', use: 'u2' } });
  });

  it('prefers a fixed part to a parameter', () => {
    expect(ask('self')?.route).toBe(routes[1]);
  });

  it('keeps the parameters before the greedy part', () => {
    const found = find({
      httpMethod: 'GET',
      resource: '/keys/{key_id}/{path+}',
      pathParameters: { key_id: 'k1', path: 'uses/u2' },
    });
    expect(found).toEqual({ route: routes[2], parameters: { key_id: 'k1', use: 'u2' } });
  });

  it.each([['k1/uses'], ['k1/uses/u2/more'], ['k1/'], ['']])('finds no route for %j', (path) => {
    expect(ask(path)?.route.path ?? 'none').toBe('none');
  });

  it('finds no route of another method', () => {
    expect(ask('k1', 'POST')).toBeUndefined();
  });

  it('finds every route of the service', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9_.:@+|%-]{1,20}$/);
    for (const table of Object.values(tables)) {
      const all = Object.values(table);
      const findIn = router(all);
      for (const route of all) {
        const [, first, ...rest] = route.path.split('/');
        if (rest.length === 0) continue;
        fc.assert(
          fc.property(fc.infiniteStream(part), (parts) => {
            const path = rest.map((each) => (each.startsWith('{') ? `x${parts.next().value}` : each)).join('/');
            const found = findIn({
              httpMethod: route.method,
              resource: `/${first}/{path+}`,
              pathParameters: { path },
            });
            expect(found?.route).toBe(route);
          }),
          { numRuns: 20 },
        );
      }
    }
  });
});
