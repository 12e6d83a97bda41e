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
  /** The holder of the lock in messages: `ana@laptop, process 4711`. */
  readonly owner: string;
  readonly newId: () => string;
  readonly leaseMs: number;
  readonly table: (name: string) => string;
  readonly secrets: MigrationContext['secrets'];
  readonly log: (line: string) => void;
  readonly progress: (migration: string, done: number) => void;
  /** True when an operator stopped it: it ends after the current page. */
  readonly interrupted: () => boolean;
};

type Held = { readonly token: string; isLost: boolean };

/**
 * Runs migrations one by one with the rule of golang-migrate: before a migration its target version is recorded as dirty,
 * after it as clean. A crash or a failure leaves a dirty version. Then nothing runs until an operator sets the version with
 * `force`.
 */
export class Migrator {
  readonly #deps: MigratorDeps;

  constructor(deps: MigratorDeps) {
    this.#deps = deps;
  }

  /** Runs the next `steps` migrations, by default all. @returns their names. @throws Refused, LockLost, MigrationError */
  up(steps?: number): Promise<string[]> {
    return this.#locked(async (held) => {
      await this.#assertClean();
      return namesOf(await this.#umzug(held).up(steps === undefined ? {} : { step: steps }));
    });
  }

  /** Reverses the last `steps` migrations. @returns their names. @throws Refused, LockLost, MigrationError */
  down(steps = 1): Promise<string[]> {
    return this.#locked(async (held) => {
      await this.#assertClean();
      return namesOf(await this.#umzug(held).down({ step: steps }));
    });
  }

  /** Sets the version without running anything. @throws Refused for an unknown version */
  async force(version: number): Promise<void> {
    if (!Number.isInteger(version) || version < 0 || version > this.#deps.files.length) {
      throw new Refused(
        `There is no version ${version}. Versions go from 0, before the first migration, to ${this.#deps.files.length}.`,
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
        `Version ${version} is dirty: a migration to it began and did not end. A migration may run again from its start. ` +
          `Set the version before it (${[...before, ...after].join(', ')}), then repeat it.`,
      );
    }
    if (version > last) {
      throw new Refused(
        `The data is at version ${version}, but this code knows versions up to ${last}. Use the newer code.`,
      );
    }
  }

  /** Holds the lock during the work, also when the work fails. */
  async #locked<Result>(work: (held: Held) => Promise<Result>): Promise<Result> {
    const { record, owner, newId, leaseMs } = this.#deps;
    const held: Held = { token: newId(), isLost: false };
    await record.lock(owner, held.token, leaseMs);
    const renewing = setInterval(() => {
      record.renew(held.token, leaseMs).catch((error) => {
        held.isLost ||= error instanceof LockLost; // other errors may be temporary
      });
    }, leaseMs / 3);
    renewing.unref();
    try {
      return await work(held);
    } finally {
      clearInterval(renewing);
      if (!held.isLost) await record.unlock(held.token).catch(() => {}); // it expires
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
    const { client, table, secrets, log, progress, interrupted } = this.#deps;
    return {
      client,
      table,
      secrets,
      log,
      progress: (done) => {
        if (held.isLost) throw new Interrupted('another runner has taken over');
        if (interrupted()) throw new Interrupted('an operator stopped it');
        progress(migration, done);
      },
    };
  }
}

const namesOf = (migrations: readonly { name: string }[]) => migrations.map(({ name }) => name);
