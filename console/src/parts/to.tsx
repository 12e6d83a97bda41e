import { Anchor, type AnchorProps } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

type Props = AnchorProps & {
  /** Of a screen of the console: `/batches/b-1`. */
  readonly path: string;
  readonly search?: Readonly<Record<string, string | undefined>>;
  readonly 'aria-label'?: string;
  readonly children: ReactNode;
};

/** A link to a screen. */
export const To = ({ path, search, ...props }: Props) => (
  <Anchor component={Link} to={path as '/'} search={search as never} inherit {...props} />
);
