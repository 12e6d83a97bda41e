import { Fragment } from 'react';
import type { KeyScope } from '../../../client/index.ts';
import { knownDecimals } from '../decimals.ts';
import { minorOf } from '../format.ts';
import { useCan } from '../session.ts';
import { Money } from './money.tsx';
import { Time } from './time.tsx';
import { To } from './to.tsx';

const TIME = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/;

/** Ids with a screen of their own. */
const SCREENS: Readonly<Record<string, { readonly path: string; readonly scope: KeyScope }>> = {
  msg: { path: '/deliveries', scope: 'webhooks:read' },
  webhook: { path: '/webhooks', scope: 'webhooks:read' },
  apr: { path: '/approvals', scope: 'payouts:approve' },
};
const ID = new RegExp(`\\b(${Object.keys(SCREENS).join('|')})_[0-9a-f]{32}\\b`);
const AMOUNT = /\b\d+(?:\.\d+)? [A-Z]{3,5}\b/;
const PARTS = new RegExp(`(${TIME.source}|${ID.source.replace('(', '(?:')}|${AMOUNT.source})`);

/** A sentence of the service. Its times and amounts are shown as all others: in the user's zone and language. Its ids are links. */
export const Sentence = ({ text }: { text: string }) =>
  text.split(PARTS).map((part, index) => {
    const key = `${index} ${part}`;
    if (index % 2 === 0) return <Fragment key={key}>{part}</Fragment>;
    if (TIME.test(part)) return <Time key={key} at={part} />;
    return AMOUNT.test(part) ? <Amount key={key} text={part} /> : <Id key={key} of={part} />;
  });

/** `1250000.50 IDR`, as the service writes it. */
function Amount({ text }: { text: string }) {
  const [digits = '', currency = ''] = text.split(' ');
  const minor = knownDecimals(currency) === undefined ? undefined : minorOf(digits, currency);
  return minor === undefined ? text : <Money of={{ amount_minor: minor, currency }} />;
}

function Id({ of: id }: { of: string }) {
  const can = useCan();
  const screen = SCREENS[id.slice(0, id.indexOf('_'))];
  if (!screen || !can(screen.scope)) return <>{id}</>;
  return (
    <To path={`${screen.path}/${id}`} className="id">
      {id}
    </To>
  );
}
