import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type RunnableMigration, Umzug } from 'umzug';
import type { DataVersion } from '../../lib/system/data-version.ts';
import type { MigrationFile } from './files.ts';
import { Interrupted, type MigrationContext } from './migration.ts';
import { LockLost, type MigrationRecord } from './record.ts';
import { Refused } from './refused.ts';

export type MigratorDeps = {
  readonly client: DynamoDBDocumentClient;
  readonly record: MigrationRecord;
  readonly files: readonly MigrationFile[];
  /** Who others are told migrates: `ana@laptop, process 4711`. */
  readonly owner: string;
  readonly newId: () => string;
  readonly leaseMs: number;
  readonly table: (name: string) => string;
  readonly log: (line: string) => void;
  readonly progress: (migration: string, done: number) => void;
  /** Set when the operator wants it to end at the next page. */
  readonly interrupted: () => boolean;
};

type Held = { readonly token: string; isLost: boolean };

/**
 * Runs migrations one by one, with golang-migrate's promise: before one begins, the version that it leads to is recorded
 * as dirty; after it has ended, as clean. So whoever dies or fails in the middle leaves a dirty version, from which
 * nothing goes on until somebody has looked and said, by force, where the data stands.
 */
export class Migrator {
  readonly #deps: MigratorDeps;

  constructor(deps: MigratorDeps) {
    this.#deps = deps;
  }

  /** Runs the next `steps` migrations, by default all. @returns those that were run. @throws Refused, LockLost, MigrationError */
  up(steps?: number): Promise<string[]> {
    return this.#locked(async (held) => {
      await this.#assertClean();
      return namesOf(await this.#umzug(held).up(steps === undefined ? {} : { step: steps }));
    });
  }

  /** Takes the last `steps` migrations back. @returns those that were. @throws as up does */
  down(steps = 1): Promise<string[]> {
    return this.#locked(async (held) => {
      await this.#assertClean();
      return namesOf(await this.#umzug(held).down({ step: steps }));
    });
  }

  /** Says where the data stands, without running anything. @throws Refused for a version that there is no file of */
  async force(version: number): Promise<void> {
    if (!Number.isInteger(version) || version < 0 || version > this.#deps.files.length) {
      throw new Refused(
        `There is no migration ${version}: they go from 0, before the first, to ${this.#deps.files.length}.`,
      );
    }
    await this.#locked(({ token }) => this.#deps.record.set(token, { version, dirty: false }));
  }

  async #assertClean(): Promise<void> {
    const { version, dirty } = await this.#deps.record.read();
    const last = this.#deps.files.length;
    if (dirty) {
      const before = version > 0 ? [`force ${version - 1} if that was an up`] : [];
      const after = version < last ? [`force ${version + 1} if it was a down`] : [];
      throw new Refused(
        `Version ${version} is dirty: a migration to it was begun and did not end. Migrations may be run again from their ` +
          `start: say where this one came from (${[...before, ...after].join(', ')}), then repeat it.`,
      );
    }
    if (version > last) {
      throw new Refused(
        `The data is at version ${version}, and the last one known here is ${last}. Use the newer code.`,
      );
    }
  }

  /** Holds the lock meanwhile, and lets go of it however the work ends. */
  async #locked<Result>(work: (held: Held) => Promise<Result>): Promise<Result> {
    const { record, owner, newId, leaseMs } = this.#deps;
    const held: Held = { token: newId(), isLost: false };
    await record.lock(owner, held.token, leaseMs);
    const renewing = setInterval(() => {
      record.renew(held.token, leaseMs).catch((error) => {
        held.isLost ||= error instanceof LockLost; // anything else may pass until the next time
      });
    }, leaseMs / 3);
    renewing.unref();
    try {
      return await work(held);
    } finally {
      clearInterval(renewing);
      if (!held.isLost) await record.unlock(held.token).catch(() => {}); // it ends by itself
    }
  }

  #umzug(held: Held): Umzug<MigrationContext> {
    const { record, files, log } = this.#deps;
    const set = (version: DataVersion) => record.set(held.token, version);
    const versionOf = (name: string) => files.find((file) => file.name === name)?.version ?? 0;
    const umzug = new Umzug<MigrationContext>({
      migrations: files.map((file) => this.#runnable(file, held)),
      context: this.#context('', held),
      logger: undefined,
      storage: {
        executed: async () => {
          const { version } = await record.read();
          return files.slice(0, version).map(({ name }) => name);
        },
        logMigration: ({ name }) => set({ version: versionOf(name), dirty: false }),
        unlogMigration: ({ name }) => set({ version: versionOf(name) - 1, dirty: false }),
      },
    });
    umzug.on('migrating', ({ name }) => {
      log(`up ${name}`);
      return set({ version: versionOf(name), dirty: true });
    });
    umzug.on('reverting', ({ name }) => {
      log(`down ${name}`);
      return set({ version: versionOf(name) - 1, dirty: true });
    });
    return umzug;
  }

  #runnable(file: MigrationFile, held: Held): RunnableMigration<MigrationContext> {
    const run = (way: 'up' | 'down') => async () => (await file.load())[way](this.#context(file.name, held));
    return { name: file.name, up: run('up'), down: run('down') };
  }

  #context(migration: string, held: Held): MigrationContext {
    const { client, table, log, progress, interrupted } = this.#deps;
    return {
      client,
      table,
      log,
      progress: (done) => {
        if (held.isLost) throw new Interrupted('another runner has taken over');
        if (interrupted()) throw new Interrupted('it was asked to stop');
        progress(migration, done);
      },
    };
  }
}

const namesOf = (migrations: readonly { name: string }[]) => migrations.map(({ name }) => name);
