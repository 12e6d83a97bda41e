import { Logger } from '@aws-lambda-powertools/logger';

/** One JSON line per event, on stdout. Log ids, statuses and amounts; never account numbers, PIX keys or whole inputs. */
export const logger = new Logger({ serviceName: 'sluice' });
