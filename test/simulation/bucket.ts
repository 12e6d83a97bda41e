import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { NoSuchKey, NotFound, S3ServiceException } from '@aws-sdk/client-s3';

type Input = {
  readonly Key?: string;
  readonly Body?: string | Uint8Array;
  readonly Range?: string;
  readonly IfMatch?: string;
  readonly Prefix?: string;
  readonly Delete?: { readonly Objects: readonly { readonly Key: string }[] };
};

/** The part of S3 that the service uses. Writes are atomic and visible at once. */
export class SimulatedBucket {
  readonly #objects = new Map<string, Buffer>();

  get keys(): string[] {
    return [...this.#objects.keys()].sort();
  }

  read(key: string): Buffer | undefined {
    return this.#objects.get(key);
  }

  put(key: string, content: Buffer | string): void {
    this.#objects.set(key, Buffer.from(content as string));
  }

  /** @throws the SDK's errors */
  answer(command: string, { Key = '', Body = '', Range, IfMatch, Prefix = '', Delete }: Input): object {
    switch (command) {
      case 'PutObjectCommand':
        this.put(Key, Buffer.from(Body as string));
        return { ETag: etagOf(Buffer.from(Body as string)) };
      case 'HeadObjectCommand': {
        const content = this.#objects.get(Key);
        if (!content) throw new NotFound({ message: 'NotFound', $metadata: { httpStatusCode: 404 } });
        return { ContentLength: content.length, ETag: etagOf(content) };
      }
      case 'GetObjectCommand':
        return this.#get(Key, Number(/^bytes=(\d+)-$/.exec(Range ?? '')?.[1] ?? 0), IfMatch);
      case 'ListObjectsV2Command':
        return { Contents: this.keys.filter((key) => key.startsWith(Prefix)).map((key) => ({ Key: key })) };
      case 'DeleteObjectsCommand':
        for (const object of Delete?.Objects ?? []) this.#objects.delete(object.Key);
        return {};
      default:
        throw new Error(`the simulated S3 has no ${command}`);
    }
  }

  #get(key: string, from: number, etag: string | undefined): object {
    const content = this.#objects.get(key);
    if (!content) throw new NoSuchKey({ message: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
    if (etag !== undefined && etag !== etagOf(content)) {
      throw new S3ServiceException({
        name: 'PreconditionFailed',
        $fault: 'client',
        $metadata: { httpStatusCode: 412 },
      });
    }
    const asked = content.subarray(from);
    return { Body: Object.assign(Readable.from([asked]), { transformToByteArray: async () => asked }) };
  }
}

const etagOf = (content: Buffer) => `"${createHash('md5').update(content).digest('hex')}"`;
