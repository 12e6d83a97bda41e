import { type Amount, formatCount, formatMoney, isCurrency, smallestUnitOf } from '../format.ts';

const NO_WRAP = { whiteSpace: 'nowrap' } as const;

/** Amounts of assets have many digits, so they may take two lines. */
export function Money({ of }: { of: Amount }) {
  if (isCurrency(of.currency)) return <span style={NO_WRAP}>{formatMoney(of)}</span>;
  return (
    <span style={{ whiteSpace: 'normal' }}>
      <span style={NO_WRAP}>{formatCount(BigInt(of.amount_minor))}</span>{' '}
      <span style={NO_WRAP}>{smallestUnitOf(of.currency)}</span>
    </span>
  );
}

/** Sums of several currencies, each in its own line. */
export function Sums({ of }: { of: readonly Amount[] }) {
  if (of.length === 0) return <>–</>;
  return of.map((sum) => (
    <div key={sum.currency}>
      <Money of={sum} />
    </div>
  ));
}
