/** A map for caches: when it is full, a new key replaces the oldest one. */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #max: number;

  constructor(max: number) {
    super();
    this.#max = max;
  }

  override set(key: Key, value: Value): this {
    const [oldest] = this.keys();
    if (oldest !== undefined && this.size >= this.#max && !this.has(key)) this.delete(oldest);
    return super.set(key, value);
  }
}
