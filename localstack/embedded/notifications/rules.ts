/** The XML of S3's notification configuration. Only queues are supported as destinations. */

import { element, elements, escaped } from '../bucket-rules.ts';

/** One QueueConfiguration: the events and keys of which a queue is notified. */
export interface QueueRule {
  id: string;
  queueArn: string;
  events: string[];
  prefix: string;
  suffix: string;
}

/** The configuration is malformed or not supported. */
export class InvalidConfiguration extends Error {}

/** Not among them: `:Post`, uploads by an HTML form. */
const EVENTS = ['*', 'Put', 'Copy', 'CompleteMultipartUpload'].map((kind) => `s3:ObjectCreated:${kind}`);
const OTHER_DESTINATIONS = ['TopicConfiguration', 'CloudFunctionConfiguration', 'EventBridgeConfiguration'];

/**
 * Reads the body of PutBucketNotificationConfiguration.
 * @throws InvalidConfiguration that names the unsupported part
 */
export function rulesOf(xml: string): QueueRule[] {
  const other = OTHER_DESTINATIONS.find((name) => new RegExp(`<${name}[\\s/>]`).test(xml));
  if (other !== undefined) throw new InvalidConfiguration(`${other}: only queues are supported here.`);
  return elements(xml, 'QueueConfiguration').map((content, index) => ({
    id: elements(content, 'Id')[0] ?? `rule-${index + 1}`,
    queueArn: elements(content, 'Queue')[0] ?? '',
    events: elements(content, 'Event').map(supportedEvent),
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
export function matches({ events, prefix, suffix }: QueueRule, event: string, key: string): boolean {
  const isEvent = events.some((each) => each === `s3:${event}` || each === `s3:${event.split(':')[0]}:*`);
  return isEvent && key.startsWith(prefix) && key.endsWith(suffix);
}

function supportedEvent(event: string): string {
  if (EVENTS.includes(event)) return event;
  throw new InvalidConfiguration(`${event} is not supported here. Supported: ${EVENTS.join(', ')}.`);
}

function filterOf(configuration: string): { prefix: string; suffix: string } {
  const filter = { prefix: '', suffix: '' };
  for (const rule of elements(configuration, 'FilterRule')) {
    const [name = '', value = ''] = [elements(rule, 'Name')[0]?.toLowerCase(), elements(rule, 'Value')[0]];
    if (name !== 'prefix' && name !== 'suffix') throw new InvalidConfiguration(`There is no filter by ${name}.`);
    filter[name] = value;
  }
  return filter;
}
