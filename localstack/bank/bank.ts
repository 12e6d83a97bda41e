import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Audit } from './audit.ts';
import { openDatabase } from './database.ts';
import { Ledger } from './ledger.ts';
import { type BankParts, handle } from './router.ts';
import { SettingsStore } from './settings.ts';

/** Longer than any client keeps an idle connection, so that the bank never closes one just as it is used again. */
const KEEP_ALIVE_MS = 75_000;

export type RunningBank = {
  /** Without a trailing slash. */
  readonly url: string;
  /** Hangs up on everyone and closes the ledger. */
  stop(): Promise<void>;
};

/**
 * Starts a bank on a ledger file (`:memory:` for none) and on a port, 0 for any free one.
 * Rejects with EADDRINUSE when the port is taken, and with SQLite's error when another bank holds the file.
 */
export async function startBank(options: {
  port: number;
  ledgerFile: string;
  host?: string;
  /** Epoch milliseconds; decides how many blocks there are. */
  now?: () => number;
}): Promise<RunningBank> {
  const { port, ledgerFile, host = '127.0.0.1', now = Date.now } = options;
  const db = openDatabase(ledgerFile);
  const parts: BankParts = { ledger: new Ledger(db, now), audit: new Audit(db, now), settings: new SettingsStore(db) };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void handle(parts, request, response);
  });

  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
  } catch (error) {
    parts.ledger.close();
    throw error;
  }

  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      parts.ledger.close();
    },
  };
}
