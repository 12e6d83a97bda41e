/** What provisioning did with each resource, by name. */

export type Outcome = 'created' | 'updated' | 'kept';

export interface Report {
  created: string[];
  updated: string[];
  kept: string[];
  /** Resources that would matter when running, of a type nothing here can create. */
  unsupported: string[];
}

export function emptyReport(): Report {
  return { created: [], updated: [], kept: [], unsupported: [] };
}
