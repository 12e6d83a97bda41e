/**
 * The paths of API Gateway for a set of routes. Each path and each method costs a resource of CloudFormation, of which a stack
 * has 500 at most. So where one function serves what is below a path, a greedy path stands for it: `/batches/{batch_id}/{path+}`.
 * The function finds the route (lib/edge/router.ts).
 */

const isVariable = (part) => part.startsWith('{');
const partsOf = (path) => path.slice(1).split('/');

/**
 * @param routes `{ method, path, file, isPublic, hasFreeText }`. hasFreeText: a parameter may contain a slash, which a greedy
 *   path cannot tell from the next part.
 * @returns the routes with greedy paths in place of the routes that they stand for
 */
function greedy(routes) {
  const first = Map.groupBy(routes, ({ path }) => `/${partsOf(path)[0]}`);
  return [...first].flatMap(([path, below]) => reduced(path, below));
}

/** @param routes at `path` and below */
function reduced(path, routes) {
  const own = routes.filter((route) => route.path === path);
  const byPart = Map.groupBy(
    routes.filter((route) => route.path !== path),
    (route) => partsOf(route.path.slice(path.length))[0],
  );
  const apart = [...byPart].flatMap(([part, below]) => reduced(`${path}/${part}`, below));
  const together = joined(path, byPart);
  return [...own, ...(together && costOf(together) < costOf(apart) ? together : apart)];
}

/**
 * One greedy path for the function that serves the most routes of each method, and paths of their own for the parts below
 * which another one serves some: API Gateway chooses a path first, then its method.
 * @returns undefined if two variable parts would be at the same place, which API Gateway does not allow
 */
function joined(path, byPart) {
  const routes = [...byPart.values()].flat();
  const served = [...Map.groupBy(routes, ({ method }) => method).values()].map(
    (same) => [...Map.groupBy(same, ownerOf).values()].sort((a, b) => b.length - a.length)[0],
  );
  const fits = (route) => !route.hasFreeText && served.some((most) => most.includes(route));
  const others = [...byPart].filter(([, below]) => !below.every(fits));
  if (others.some(([part]) => isVariable(part))) return undefined;
  const rest = new Set([...byPart].filter((entry) => !others.includes(entry)).flatMap(([, below]) => below));
  const greedyRoutes = served.flatMap((most) => most.filter((route) => rest.has(route)).slice(0, 1));
  return [
    ...greedyRoutes.map((route) => ({ ...route, path: `${path}/{path+}` })),
    ...others.flatMap(([part, below]) => reduced(`${path}/${part}`, below)),
  ];
}

/** The resources of CloudFormation for these methods and all parts of their paths. */
function costOf(routes) {
  const parts = routes.flatMap(({ path }) => partsOf(path).map((_, index, all) => all.slice(0, index + 1).join('/')));
  return routes.length + new Set(parts).size;
}

const ownerOf = ({ file, isPublic }) => `${file} ${isPublic}`;

module.exports = { greedy };
