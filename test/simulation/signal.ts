/** Wakes the actors that wait for the next time that something happens, at that moment. */
export class Signal {
  #waiting: (() => void)[] = [];

  next(): Promise<void> {
    return new Promise((wake) => this.#waiting.push(wake));
  }

  happens(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
