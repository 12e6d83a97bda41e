import { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

const LINK_SECONDS = 900;
/** How long a link for an upload works, in seconds. */
export const UPLOAD_SECONDS = 3_600;

/** Objects of one bucket, by key. */
export class S3Files {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async put(key: string, content: string, type: string): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: content, ContentType: type }));
  }

  /** Reads a whole object into memory. @throws NoSuchKey */
  async read(key: string): Promise<Buffer> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  /** Streams content into an object, in parts of 5 MB. The object appears when all of it is stored. */
  async write(key: string, content: AsyncIterable<Buffer>, type: string): Promise<void> {
    const upload = new Upload({
      client: this.#client,
      params: {
        Bucket: this.#bucket,
        Key: key,
        Body: Readable.from(content, { objectMode: false }),
        ContentType: type,
      },
    });
    await upload.done();
  }

  /** A link that allows a download without credentials for 15 minutes. */
  link(key: string, name: string): Promise<string> {
    const command = new GetObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      ResponseContentDisposition: `attachment; filename="${name}"`,
    });
    return getSignedUrl(this.#client, command, { expiresIn: LINK_SECONDS });
  }

  /** A link that allows an upload without credentials for {@link UPLOAD_SECONDS}. */
  uploadLink(key: string): Promise<string> {
    const command = new PutObjectCommand({ Bucket: this.#bucket, Key: key });
    return getSignedUrl(this.#client, command, { expiresIn: UPLOAD_SECONDS });
  }

  /** @returns undefined if there is no such object */
  async find(key: string): Promise<{ bytes: number; etag: string } | undefined> {
    try {
      const { ContentLength = 0, ETag = '' } = await this.#client.send(
        new HeadObjectCommand({ Bucket: this.#bucket, Key: key }),
      );
      return { bytes: ContentLength, etag: ETag };
    } catch (error) {
      if ((error as Error).name === 'NotFound') return undefined;
      throw error;
    }
  }

  /**
   * @param offset in bytes, within the object
   * @param etag from `find`
   * @returns undefined if the object was removed or replaced since then
   */
  async readFrom(key: string, offset: number, etag: string): Promise<Readable | undefined> {
    const Range = offset === 0 ? undefined : `bytes=${offset}-`;
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range, IfMatch: etag }),
      );
      return Body as Readable;
    } catch (error) {
      if (['PreconditionFailed', 'NoSuchKey'].includes((error as Error).name)) return undefined;
      throw error;
    }
  }

  /** The keys with a prefix, in order. @param after only keys after this one */
  async *list(prefix: string, after = ''): AsyncGenerator<string> {
    const StartAfter = after === '' ? undefined : after;
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket, Prefix: prefix, StartAfter });
    for await (const { Contents = [] } of pages) for (const { Key = '' } of Contents) if (Key > after) yield Key;
  }

  async removeAll(prefix: string): Promise<void> {
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket, Prefix: prefix });
    for await (const { Contents = [] } of pages) {
      const Objects = Contents.map(({ Key }) => ({ Key }));
      if (Objects.length === 0) continue;
      const { Errors = [] } = await this.#client.send(
        new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
      );
      if (Errors.length > 0) throw new Error(`${Errors.length} objects under ${prefix} could not be removed`);
    }
  }
}
