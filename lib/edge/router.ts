import type { APIGatewayProxyEvent } from 'aws-lambda';

/** The part of an event that names its route. */
type Routed = Pick<APIGatewayProxyEvent, 'httpMethod' | 'resource' | 'pathParameters'>;
type Found<Route> = { readonly route: Route; readonly parameters: Record<string, string> };

/** At the end of a path of API Gateway: all parts below. functions/greedy-paths.cjs decides which routes share such a path. */
const BELOW = '{path+}';

/**
 * Finds the routes of requests. Where two templates fit a path, a fixed part is preferred to a parameter, as in API Gateway.
 * @param routes of one function
 */
export function router<Route extends { readonly method: string; readonly path: string }>(routes: readonly Route[]) {
  const exact = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
  // `{` is behind all characters of fixed parts.
  const ordered = routes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return (event: Routed): Found<Route> | undefined => {
    const { httpMethod, resource } = event;
    if (!resource.endsWith(BELOW)) {
      const route = exact.get(`${httpMethod} ${resource}`);
      return route && { route, parameters: event.pathParameters as Record<string, string> };
    }
    const path = filledIn(resource, event.pathParameters);
    for (const route of ordered) {
      const parameters = route.method === httpMethod ? parametersIn(route.path, path) : undefined;
      if (parameters) return { route, parameters };
    }
    return undefined;
  };
}

function filledIn(resource: string, parameters: Routed['pathParameters']): string {
  return resource.replace(/\{(\w+)\+?\}/g, (_, name: string) => parameters?.[name] ?? '');
}

/** The parameters of a path that fits the template, such as `/batches/{batch_id}`. */
function parametersIn(template: string, path: string): Record<string, string> | undefined {
  const [names, parts] = [template.split('/'), path.split('/')];
  if (names.length !== parts.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const part = `${parts[index]}`;
    if (name.startsWith('{') && part !== '') found[name.slice(1, -1)] = part;
    else if (name !== part) return undefined;
  }
  return found;
}
