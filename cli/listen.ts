import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type CloudEvent, SluiceConnectionError, SluiceError } from '../client/index.ts';
import { isFilter, matches, SECRET_BYTES, secretOf } from '../lib/webhooks/endpoint.ts';
import { BadInput, Refused, Unexpected } from '../scripts/endpoints.ts';
import { type AddTo, action, type Cli, example } from './action.ts';
import { Forwarder } from './forward.ts';

type Options = {
  readonly forwardTo: string;
  readonly events: readonly string[];
  readonly secret?: string;
  readonly since?: string;
  readonly replay?: string;
};

const POLL_MS = 500;
const AWAY_MS = 1_000;
/** The longest delay between the time of an event and its appearance in the log. */
const LATE_MS = 10_000;
const PAGE = 100;
const MAX_DAYS = 30;

export const listen: AddTo = (program) => {
  program
    .command('listen')
    .description('forwards the events of a service to a receiver on this machine, as signed webhooks')
    .requiredOption('--forward-to <url>', 'such as http://localhost:8080/hook')
    .option('--events <types...>', "such as payout.failed or 'payout.*'", ['*'])
    .option('--secret <whsec_...>', 'signs the webhooks (default: SLUICE_WEBHOOK_SECRET, or a new one)')
    .option('--since <time>', 'also what happened since then: ISO 8601, at most 30 days ago')
    .option('--replay <event_id>', 'sends this event once more, and ends; it is searched from --since on, or for a day')
    .addHelpText(...example("listen --forward-to http://localhost:8080/hook --events 'payout.*' batch.completed"))
    .action(action(forward));
};

async function forward(cli: Cli, options: Options): Promise<void> {
  const unknown = options.events.filter((type) => !isFilter(type));
  if (unknown.length > 0) throw new BadInput(`No event has the type ${unknown.join(' or ')}. See docs/events.md.`);
  const secret = options.secret ?? process.env.SLUICE_WEBHOOK_SECRET ?? secretOf(randomBytes(SECRET_BYTES));
  const forwarder = new Forwarder(cli, { url: urlOf(options.forwardTo), secret });
  console.error(`The secret of these webhooks is ${secret}`);
  if (options.replay !== undefined) return replay(cli, forwarder, options, options.replay);
  const since = options.since === undefined ? Date.now() : instant(options.since);
  console.error(`Forwarding ${options.events.join(' ')} to ${options.forwardTo} (Ctrl-C ends it)`);
  for await (const event of eventsFrom(cli, since)) {
    if (options.events.some((wanted) => matches(wanted, event.type))) await forwarder.send(event);
  }
}

/** Sends one stored event. */
async function replay(cli: Cli, forwarder: Forwarder, { since }: Options, id: string): Promise<void> {
  const query = { limit: PAGE, ...(since === undefined ? {} : { from: new Date(instant(since)).toISOString() }) };
  for await (const event of cli.api().audit(query)) {
    if (event.id !== id) continue;
    if (!(await forwarder.send(event))) process.exitCode = 1;
    return;
  }
  throw new Refused(`There is no event ${id} since ${since ?? 'a day ago'}. Name an earlier time with --since.`);
}

/** Every event from `since` on, once, oldest first; then new ones. If the service restarts, it continues. */
async function* eventsFrom(cli: Cli, since: number): AsyncGenerator<CloudEvent> {
  const seen = new Map<string, number>();
  let last = since;
  let isAway = false;
  for (let isFirst = true; ; isFirst = false) {
    const from = last - LATE_MS;
    for (const [id, time] of seen) if (time < from) seen.delete(id);
    try {
      // The client reads page by page: each is forwarded before the next one is read.
      for await (const event of cli.api().audit({ from: new Date(from).toISOString(), limit: PAGE })) {
        if (isAway) console.error('The service answers again.');
        isAway = false;
        const time = Date.parse(event.time);
        if (time < since || seen.has(event.id)) continue;
        yield event;
        seen.set(event.id, time);
        last = Math.max(last, time);
      }
    } catch (error) {
      if (isFirst || !mayComeBack(error)) throw error;
      if (!isAway) console.error('The service does not answer. Waiting for it ...');
      isAway = true;
    }
    await setTimeout(isAway ? AWAY_MS : POLL_MS);
  }
}

/** While it restarts it has no endpoints.json. */
const mayComeBack = (error: unknown) =>
  error instanceof SluiceConnectionError ||
  (error instanceof Unexpected && !(error instanceof BadInput)) ||
  (error instanceof SluiceError && (error.status >= 500 || error.status === 429));

function urlOf(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new BadInput(`--forward-to is not a URL: ${text}`);
}

function instant(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new BadInput(`--since is not a time: ${text}`);
  if (Date.now() - time > MAX_DAYS * 86_400_000) throw new BadInput(`--since is more than ${MAX_DAYS} days ago.`);
  return time;
}
