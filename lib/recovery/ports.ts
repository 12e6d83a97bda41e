/** Where each recovery stores the id of the item that it has begun last. */
export interface PositionStore {
  read(recovery: string): Promise<string | undefined>;
  write(recovery: string, id: string): Promise<void>;
}
