import { type Amount, formatMoney } from '../format.ts';

export const Money = ({ of }: { of: Amount }) => <span style={{ whiteSpace: 'nowrap' }}>{formatMoney(of)}</span>;

/** Sums of several currencies, each in its own line. */
export function Sums({ of }: { of: readonly Amount[] }) {
  if (of.length === 0) return <>–</>;
  return of.map((sum) => (
    <div key={sum.currency}>
      <Money of={sum} />
    </div>
  ));
}
