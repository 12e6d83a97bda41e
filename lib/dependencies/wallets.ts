import { type Config, LATE_CHARGE_MS } from '../config.ts';
import { logger } from '../edge/log.ts';
import { dynamoLedger } from '../ledger/dynamo-ledger.ts';
import { machine } from '../runtime.ts';
import { dynamoPayments } from '../wallets/dynamo-payments.ts';
import { dynamoProviders, dynamoWallets } from '../wallets/dynamo-wallets.ts';
import type { WalletDeps } from '../wallets/ports.ts';
import { caller, type Of } from './outside.ts';
import { cachedEpoch } from './rails.ts';

export function walletDeps(
  settings: Config,
  { dynamo, gateway, groups }: Of<'dynamo' | 'gateway' | 'groups'>,
  runtime = machine,
): WalletDeps {
  return {
    ledger: dynamoLedger(dynamo, settings.WALLETS_TABLE),
    wallets: dynamoWallets(dynamo, settings.WALLETS_TABLE, settings.EVENTS_TABLE),
    payments: dynamoPayments(dynamo, {
      wallets: settings.WALLETS_TABLE,
      events: settings.EVENTS_TABLE,
      access: settings.ACCESS_TABLE,
    }),
    providers: dynamoProviders(dynamo, settings.WALLETS_TABLE, settings.EVENTS_TABLE),
    gateway,
    assets: settings.WITHDRAWAL_ASSETS,
    // The functions have 28 s: a request may wait twice for the wallet, and between that for the gateway.
    policy: {
      gatewayMs: settings.GATEWAY_BUDGET_MS,
      reserveMs: 8_000,
      lateCallMs: LATE_CHARGE_MS,
      gatewayBackoff: { baseMs: 200, maxMs: 2_000 },
      backoff: { baseMs: 10, maxMs: 1_000 },
      patienceMs: 7_000,
    },
    groups,
    log: logger,
    epoch: cachedEpoch(settings, { dynamo }, runtime),
    ...runtime,
    ...caller,
  };
}
