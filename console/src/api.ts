import { MutationCache, QueryCache, QueryClient, type QueryFunctionContext, useQuery } from '@tanstack/react-query';
import { type AnswerBody, type Input, isSluiceError, type OperationId, Sluice } from '../../client/index.ts';
import { reportingFetch } from './connection.ts';

/**
 * The API under the same origin. Without a key the session's cookie identifies the user; the header proves that a request
 * comes from this page. A failed request is reported at once: screens repeat their reads by themselves.
 */
export const apiWith = (key: { readonly apiKey?: string }) =>
  new Sluice({
    ...key,
    baseUrl: location.origin,
    headers: { 'X-Sluice-Console': '1' },
    fetch: reportingFetch,
    attempts: 1,
    timeoutMs: 30_000,
  });

export const api = apiWith({});

export const SESSION = ['session'];

/** The session ends with its key: then the page asks for a key again. */
function onError(error: unknown): void {
  if (isSluiceError(error, 'UNAUTHORIZED')) queries.setQueryData(SESSION, null);
}

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    // Requests to a service of this machine work offline too. What was read for a screen that was left is kept for a minute.
    queries: { retry: false, networkMode: 'always', gcTime: 60_000 },
    mutations: { networkMode: 'always' },
  },
});

type Tagged<Body> = { readonly etag: string | undefined; readonly body: Body };

/** Reads with the ETag of the last answer: an unchanged resource costs no body and renders nothing. */
async function readTagged<Id extends OperationId>(
  id: Id,
  input: Input<Id>,
  { queryKey, signal, client }: QueryFunctionContext,
): Promise<Tagged<AnswerBody<Id>>> {
  const last = client.getQueryData<Tagged<AnswerBody<Id>>>(queryKey);
  const { status, headers, body } = await api.request(id, input, { signal, ifNoneMatch: last?.etag });
  if (status === 304 && last) return last;
  return { etag: headers.get('etag') ?? undefined, body };
}

export type Polling<Body> = {
  /** Milliseconds between two reads, perhaps by what was read last. No reads in a hidden tab. */
  readonly every?: number | ((body: Body | undefined) => number);
  readonly enabled?: boolean;
  /** Shows the last answer while another one is read. */
  readonly keepLast?: boolean;
  /** Reads again when it changes. */
  readonly version?: string;
};

/** A GET of the API, read again and again. Its key begins with the operation's id, for `queries.invalidateQueries`. */
export function useResource<Id extends OperationId>(
  id: Id,
  input: Input<Id>,
  { every = 10_000, enabled = true, keepLast = false, version }: Polling<AnswerBody<Id>> = {},
) {
  return useQuery<Tagged<AnswerBody<Id>>, Error, AnswerBody<Id>>({
    queryKey: version === undefined ? [id, input] : [id, input, version],
    queryFn: (context) => readTagged(id, input, context),
    select: ({ body }) => body,
    enabled,
    refetchInterval: ({ state }) => (typeof every === 'number' ? every : every(state.data?.body)),
    placeholderData: keepLast ? (last) => last : undefined,
  });
}
