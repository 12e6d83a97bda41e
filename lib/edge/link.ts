import { z } from 'zod';

/** The contract of {@link toLink}. */
export const linkAnswer = {
  description: 'A link to the file. It works without a key, for 15 minutes.',
  schema: z.object({ location: z.string().meta({ format: 'uri' }) }).meta({ id: 'Link' }),
  headers: { Location: 'The link.', 'Cache-Control': '`no-store`, because the link expires.' },
};

/** Redirects to a file: a function cannot return more than 6 MB. */
export function toLink(location: string) {
  return { status: 302 as const, headers: { location, 'cache-control': 'no-store' }, body: { location } };
}
