/** What was done with each resource, by name. */

export type Outcome = 'created' | 'updated' | 'kept';

export interface Report {
  created: string[];
  updated: string[];
  kept: string[];
  /** Resources of types that cannot be created locally. */
  unsupported: string[];
}

export function emptyReport(): Report {
  return { created: [], updated: [], kept: [], unsupported: [] };
}
