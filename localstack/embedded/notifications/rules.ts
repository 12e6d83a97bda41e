/** What a bucket tells to which queue: the XML of S3's notification configuration, as far as it is served here. */

/** One QueueConfiguration: the events, and the keys, that a queue hears of. */
export interface QueueRule {
  id: string;
  queueArn: string;
  events: string[];
  prefix: string;
  suffix: string;
}

/** A configuration that would never fire here, or that nobody could read. */
export class RefusedConfiguration extends Error {}

/** What is served; an upload by an HTML form (`:Post`) is not told of. */
const EVENTS = ['*', 'Put', 'Copy', 'CompleteMultipartUpload'].map((kind) => `s3:ObjectCreated:${kind}`);
const OTHER_DESTINATIONS = ['TopicConfiguration', 'CloudFunctionConfiguration', 'EventBridgeConfiguration'];

/**
 * Reads PutBucketNotificationConfiguration's body.
 * @throws RefusedConfiguration naming what nothing here stands in for
 */
export function rulesOf(xml: string): QueueRule[] {
  const other = OTHER_DESTINATIONS.find((name) => new RegExp(`<${name}[\\s/>]`).test(xml));
  if (other !== undefined) throw new RefusedConfiguration(`${other}: buckets tell nobody but queues here.`);
  return elements(xml, 'QueueConfiguration').map((content, index) => ({
    id: elements(content, 'Id')[0] ?? `rule-${index + 1}`,
    queueArn: elements(content, 'Queue')[0] ?? '',
    events: elements(content, 'Event').map(served),
    ...filterOf(content),
  }));
}

export function xmlOf(rules: readonly QueueRule[]): string {
  const configurations = rules.map(({ id, queueArn, events, prefix, suffix }) => {
    const filters = Object.entries({ prefix, suffix }).filter(([, value]) => value !== '');
    const rule = ([name, value]: [string, string]) =>
      element('FilterRule', element('Name', name) + element('Value', escaped(value)));
    return element(
      'QueueConfiguration',
      element('Id', escaped(id)) +
        element('Queue', escaped(queueArn)) +
        events.map((event) => element('Event', event)).join('') +
        (filters.length === 0 ? '' : element('Filter', element('S3Key', filters.map(rule).join('')))),
    );
  });
  return element('NotificationConfiguration', configurations.join(''));
}

/** @param event without its `s3:`, such as `ObjectCreated:Put` */
export function hears({ events, prefix, suffix }: QueueRule, event: string, key: string): boolean {
  const isMeant = events.some((each) => each === `s3:${event}` || each === `s3:${event.split(':')[0]}:*`);
  return isMeant && key.startsWith(prefix) && key.endsWith(suffix);
}

function served(event: string): string {
  if (EVENTS.includes(event)) return event;
  throw new RefusedConfiguration(`${event} never happens here; what does: ${EVENTS.join(', ')}.`);
}

function filterOf(configuration: string): { prefix: string; suffix: string } {
  const filter = { prefix: '', suffix: '' };
  for (const rule of elements(configuration, 'FilterRule')) {
    const [name = '', value = ''] = [elements(rule, 'Name')[0]?.toLowerCase(), elements(rule, 'Value')[0]];
    if (name !== 'prefix' && name !== 'suffix') throw new RefusedConfiguration(`There is no filter by ${name}.`);
    filter[name] = value;
  }
  return filter;
}

/** The contents of all elements of that name. Enough for XML that SDKs write: none nests in one of its own name. */
function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g'))].map(([, content = '']) =>
    content.includes('<') ? content : unescaped(content),
  );
}

const element = (name: string, content: string) => `<${name}>${content}</${name}>`;

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
export const escaped = (text: string) =>
  text.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter as keyof typeof ENTITIES]);
const unescaped = (text: string) =>
  Object.entries(ENTITIES).reduceRight((left, [letter, entity]) => left.replaceAll(entity, letter), text);
