/*
 * The number of decimals of currencies, as the service has them (ISO 4217 list one). The tables of browsers differ: to them
 * the Iraqi dinar has none.
 */

const DECIMALS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const USUAL = 2;
const EXCEPTIONS = new Map(
  Object.entries(DECIMALS).flatMap(([decimals, codes]) => codes.split(' ').map((code) => [code, Number(decimals)])),
);

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
export const isCurrency = (code: string) => CURRENCIES.has(code);

/** Of a currency of ISO 4217. */
export const decimalsOf = (currency: string): number => EXCEPTIONS.get(currency) ?? USUAL;

/** Of assets on a chain, such as BTC: each stage configures its own. */
const ASSETS = new Map<string, number>();

/** @param assets of the session, in place of those of an earlier one */
export function setAssets(assets: readonly { readonly code: string; readonly decimals: number }[]): void {
  ASSETS.clear();
  for (const { code, decimals } of assets) ASSETS.set(code, decimals);
}

/** Of a currency, or of an asset of this stage. Undefined: its amounts are shown in its smallest unit. */
export const knownDecimals = (code: string): number | undefined =>
  isCurrency(code) ? decimalsOf(code) : ASSETS.get(code);
