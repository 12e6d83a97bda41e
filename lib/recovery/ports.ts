/** Stores, for each recovery, the id of the item that it started last. */
export interface PositionStore {
  read(recovery: string): Promise<string | undefined>;
  write(recovery: string, id: string): Promise<void>;
}
