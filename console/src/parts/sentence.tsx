import { Fragment } from 'react';
import { Time } from './time.tsx';

const TIMES = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/;

/** A sentence of the service. Its times are shown as all others: in the user's zone, UTC on hover. */
export const Sentence = ({ text }: { text: string }) =>
  text.split(TIMES).map((part, index) => {
    const key = `${index} ${part}`;
    return TIMES.test(part) ? <Time key={key} at={part} /> : <Fragment key={key}>{part}</Fragment>;
  });
