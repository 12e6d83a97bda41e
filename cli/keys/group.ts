import type { AddTo } from '../action.ts';
import { bootstrap } from './bootstrap.ts';
import { change } from './change.ts';
import { create } from './create.ts';
import { generate } from './generate.ts';
import { list, self, show } from './read.ts';
import { revoke } from './revoke.ts';
import { rotate } from './rotate.ts';
import { rotateDataKeys } from './rotate-data.ts';

const COMMANDS: readonly AddTo[] = [
  create,
  list,
  show,
  self,
  change,
  rotate,
  revoke,
  generate,
  bootstrap,
  rotateDataKeys,
];

export const keys: AddTo = (program) => {
  const group = program.command('keys').description('API keys: who may do what.');
  for (const addTo of COMMANDS) addTo(group);
};
