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

/** Of a currency of ISO 4217. */
export const decimalsOf = (currency: string): number => EXCEPTIONS.get(currency) ?? USUAL;
