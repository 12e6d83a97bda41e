import { createSecretKey, type KeyObject } from 'node:crypto';
import { invariant } from '../kernel/errors.ts';
import type { DataKeyStore, KeyWrapper, Purpose } from './ports.ts';

/** A process reads the list of keys again when its own is this old. */
export const REFRESH_MS = 60_000;
/** A new version encrypts only after every process has read it: clocks may differ, and a request may last half a minute. */
export const PUBLISH_MS = 2 * REFRESH_MS;

export type KeyRingDeps = {
  readonly keys: DataKeyStore;
  readonly wrapper: KeyWrapper;
  readonly now: () => number;
};

/** `usableFrom`: epoch milliseconds from which all processes encrypt with it. */
export type NewestVersion = { readonly version: number; readonly usableFrom: number };

type Version = { readonly version: number; readonly key: KeyObject; readonly usableFrom: number };

/** All versions of the data key of one purpose, unwrapped once per process. */
export class KeyRing {
  readonly #deps: KeyRingDeps;
  readonly #purpose: Purpose;
  #versions: readonly Version[] = [];
  #readAt = 0;
  #reading: Promise<void> | undefined;

  constructor(deps: KeyRingDeps, purpose: Purpose) {
    this.#deps = deps;
    this.#purpose = purpose;
  }

  /** Every version by its number. It is empty before anything was encrypted. */
  async all(): Promise<ReadonlyMap<number, KeyObject>> {
    await this.#refresh();
    return new Map(this.#versions.map(({ version, key }) => [version, key]));
  }

  /** The version that encrypts now; the first use creates it. */
  async current(): Promise<readonly [number, KeyObject]> {
    await this.#refresh();
    if (this.#versions.length === 0) {
      await this.#add(1, this.#deps.now());
      await this.#refresh();
    }
    const now = this.#deps.now();
    const usable = this.#versions.findLast(({ version, usableFrom }) => version === 1 || usableFrom <= now);
    invariant(usable, `there is no data key for ${this.#purpose}`);
    return [usable.version, usable.key];
  }

  /** Stores the next version. */
  async addVersion(): Promise<NewestVersion> {
    await this.current();
    const stored = await this.#deps.keys.list(this.#purpose);
    const version = 1 + Math.max(...stored.map((key) => key.version));
    const usableFrom = this.#deps.now() + PUBLISH_MS;
    const isAdded = await this.#add(version, usableFrom);
    invariant(isAdded, `version ${version} of the data key for ${this.#purpose} was added elsewhere`);
    return { version, usableFrom };
  }

  /** The last version, which may not encrypt yet. */
  async newest(): Promise<NewestVersion> {
    await this.current();
    const stored = await this.#deps.keys.list(this.#purpose);
    const version = Math.max(...stored.map((key) => key.version));
    return { version, usableFrom: stored.find((key) => key.version === version)?.usableFrom ?? 0 };
  }

  /** @returns false if another process has added this version */
  async #add(version: number, usableFrom: number): Promise<boolean> {
    const { wrapped } = await this.#deps.wrapper.generate(this.#purpose);
    const isAdded = await this.#deps.keys.add(this.#purpose, { version, wrapped, usableFrom });
    await this.#reading; // it may have begun before the version was stored
    this.#readAt = 0;
    return isAdded;
  }

  /** An empty list is always read again: the first version encrypts from the moment when it is stored. */
  async #refresh(): Promise<void> {
    if (this.#versions.length > 0 && this.#deps.now() - this.#readAt < REFRESH_MS) return;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { keys, wrapper, now } = this.#deps;
    const readAt = now();
    const known = new Map(this.#versions.map((version) => [version.version, version]));
    const versions = (await keys.list(this.#purpose)).map(async ({ version, wrapped, usableFrom }) => {
      const key = known.get(version)?.key ?? createSecretKey(await wrapper.unwrap(wrapped, this.#purpose));
      return { version, key, usableFrom };
    });
    this.#versions = (await Promise.all(versions)).sort((a, b) => a.version - b.version);
    this.#readAt = readAt;
  }
}
