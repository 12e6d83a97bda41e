import { reach, Unexpected } from '../endpoints.ts';

/** The bucket is the first part of the path of a link (lib/aws/clients.ts). */
export function bucketOf(link: string): string {
  return decodeURIComponent(new URL(link).pathname.split('/')[1] ?? '');
}

/** The object behind a link; undefined if there is none. */
export async function download(link: string): Promise<Buffer | undefined> {
  const answer = await reach(link);
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Unexpected(`${new URL(link).pathname} answered ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}
