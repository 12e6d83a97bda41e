import { Fragment } from 'react';
import type { KeyScope } from '../../../client/index.ts';
import { useCan } from '../session.ts';
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
const PARTS = new RegExp(`(${TIME.source}|${ID.source.replace('(', '(?:')})`);

/** A sentence of the service. Its times are shown as all others: in the user's zone, UTC on hover. Its ids are links. */
export const Sentence = ({ text }: { text: string }) =>
  text.split(PARTS).map((part, index) => {
    const key = `${index} ${part}`;
    if (index % 2 === 0) return <Fragment key={key}>{part}</Fragment>;
    return TIME.test(part) ? <Time key={key} at={part} /> : <Id key={key} of={part} />;
  });

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
