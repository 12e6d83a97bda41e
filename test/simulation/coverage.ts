type Values = Record<string, unknown>;
type Put = { readonly Item?: Values };
type Update = { readonly Key?: Values; readonly ExpressionAttributeValues?: Values };
type Input = Put & Update & { readonly TransactItems?: readonly { readonly Put?: Put; readonly Update?: Update }[] };

/**
 * What has been tried: which state was left for which, and what had gone wrong in the process that did so. A move that no
 * fault was near shows where the simulation is too narrow.
 */
export class Coverage {
  /** `PAYMENT: PENDING -> APPROVED` by the faults before it, with how often. */
  readonly moves = new Map<string, Map<string, number>>();
  readonly #statuses = new Map<string, string>();

  /** @param input of a write that has had its effect */
  note(input: unknown, fault: string): void {
    const { TransactItems, ...single } = input as Input;
    const writes: readonly { Put?: Put; Update?: Update }[] = TransactItems ?? [{ Put: single, Update: single }];
    for (const { Put, Update } of writes) {
      this.#move(Put?.Item, Put?.Item?.status, fault);
      this.#move(Update?.Key, Update?.ExpressionAttributeValues?.[':status'], fault);
    }
  }

  add({ moves }: Coverage): void {
    for (const [move, faults] of moves) for (const [fault, times] of faults) this.#count(move, fault, times);
  }

  get triples(): number {
    return [...this.moves.values()].reduce((sum, faults) => sum + faults.size, 0);
  }

  #move(key: Values | undefined, status: unknown, fault: string): void {
    if (key === undefined || status === undefined) return;
    const [pk, sk, to] = [key.pk, key.sk, status].map(plain);
    if (to === undefined) return;
    const from = this.#statuses.get(`${pk} ${sk}`) ?? 'none';
    this.#statuses.set(`${pk} ${sk}`, to);
    const kind = sk?.split('#', 1)[0];
    if (from !== to) this.#count(`${kind}: ${from} -> ${to}`, fault, 1);
  }

  #count(move: string, fault: string, times: number): void {
    const faults = this.moves.get(move) ?? new Map<string, number>();
    this.moves.set(move, faults.set(fault, (faults.get(fault) ?? 0) + times));
  }
}

/** As it goes over the wire. */
function plain(value: unknown): string | undefined {
  return (value as { S?: string } | undefined)?.S;
}
