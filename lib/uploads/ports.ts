import type { Secrets } from '../crypto/index.ts';
import type { BeginDeps } from '../imports/index.ts';
import type { PayoutDeps } from '../payouts/index.ts';

export type UploadDeps = BeginDeps & { readonly payouts: PayoutDeps; readonly secrets: Secrets };
