import { imports } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { recoverImports } from '../../lib/imports/recover-imports.ts';

/** Every minute */
export const handler = schedule(() => recoverImports(imports()));
