/**
 * `npm run contract:examples`: starts a service, sends requests to every route, and writes them with their answers to
 * docs/examples.json. `npm run contract` puts them into the OpenAPI document.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { routes } from '../../functions/routes.ts';
import { run } from '../command.ts';
import { withService } from '../service.ts';
import { Recorder } from './recorder.ts';
import { WALKS } from './walk/all.ts';
import { walkFaults } from './walk/faults.ts';
import { GATEWAY } from './walk/wallets.ts';

const EXAMPLES = join(import.meta.dirname, '../../docs/examples.json');

run(() =>
  withService(async (service) => {
    const recorder = new Recorder(await service.start(GATEWAY));
    for (const walk of [...Object.values(WALKS), walkFaults]) await walk(recorder);
    const recorded = Object.keys(routes).map((operation) => [operation, recorder.examples[operation]]);
    await writeFile(EXAMPLES, `${JSON.stringify(Object.fromEntries(recorded), null, 2)}\n`);
    console.log(`Recorded ${recorded.length} routes. Now run: npm run contract`);
    return 0;
  }),
);
