/** Runs a stack for the test that kills it: `node embedded-stack-process.ts <data directory> <Lambda port>`. */

import { freePort } from '../../localstack/embedded/ports.ts';
import { startStack } from '../../localstack/embedded/stack.ts';

const [, , dataDir = '', lambdaPort = ''] = process.argv;
const dynamoPort = await freePort();
const { endpoint } = await startStack({ dataDir, lambdaPort: Number(lambdaPort), dynamoPort });
process.stdout.write(`${JSON.stringify({ endpoint, dynamoPort })}\n`);
