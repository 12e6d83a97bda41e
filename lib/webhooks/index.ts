/** What other domains use of webhooks: what became of their events. */
export { type Past, type PastDeps, readPast } from './read-past.ts';
