import { formatCount } from '../format.ts';

/** Prices of products have no currency: they are in cents of the caller's. Exact, also beyond 2^53. */
export const Cents = ({ of }: { of: unknown }) => {
  const digits = String(of).padStart(3, '0');
  const whole = formatCount(BigInt(digits.slice(0, -2)));
  return (
    <span style={{ whiteSpace: 'nowrap' }}>
      {whole}.{digits.slice(-2)}
    </span>
  );
};
