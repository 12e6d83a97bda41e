import { imports, recovery } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { recoverImports } from '../../lib/imports/recover-imports.ts';
import { runRecovery } from '../../lib/recovery/index.ts';

/** rate(1 minute) */
export const handler = schedule(({ deadline }) => runRecovery(recovery(), recoverImports(imports()), deadline));
