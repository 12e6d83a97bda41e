import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Audit } from './audit.ts';
import { openDatabase } from './database.ts';
import { Ledger } from './ledger.ts';
import { Notifier, type NotifyOptions } from './notifier.ts';
import { type BankParts, handle } from './router.ts';
import { SettingsStore } from './settings.ts';

/** Longer than any client keeps an idle connection, so the bank never closes one that a client is about to reuse. */
const KEEP_ALIVE_MS = 75_000;

export type RunningBank = {
  /** Without a trailing slash. */
  readonly url: string;
  /** Closes all connections and the ledger. */
  stop(): Promise<void>;
};

/**
 * Starts a bank. `ledgerFile` may be `:memory:`; port 0 picks a free port.
 * Rejects with EADDRINUSE if the port is in use, and with SQLite's error if another bank has the file open.
 */
export async function startBank(options: {
  port: number;
  ledgerFile: string;
  host?: string;
  /** The URL that gets notifications of returned money. Without it the bank sends none. */
  notify?: NotifyOptions | undefined;
  /** Epoch milliseconds. Blocks are counted from it. */
  now?: () => number;
}): Promise<RunningBank> {
  const { port, ledgerFile, host = '127.0.0.1', notify, now = Date.now } = options;
  const db = openDatabase(ledgerFile);
  const parts: BankParts = { ledger: new Ledger(db, now), audit: new Audit(db, now), settings: new SettingsStore(db) };
  const notifier = notify && new Notifier(parts.ledger.returns, parts.settings, notify, now);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void handle(parts, request, response);
  });

  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
  } catch (error) {
    await notifier?.stop();
    parts.ledger.close();
    throw error;
  }

  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await notifier?.stop();
      parts.ledger.close();
    },
  };
}
