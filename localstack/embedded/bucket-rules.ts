/** What the wrappers of S3 share: configurations of buckets, and the parts of a request. Path-style URLs only. */

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';

/** Stores the rules of all buckets in one file. */
export class BucketRules<Rule> {
  readonly #file: string;
  readonly #rules: Map<string, Rule[]>;

  constructor(file: string) {
    this.#file = file;
    this.#rules = new Map(existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, 'utf8'))) : []);
  }

  of(bucket: string): Rule[] {
    return this.#rules.get(bucket) ?? [];
  }

  save(bucket: string, rules: Rule[]): void {
    this.#rules.set(bucket, rules);
    writeFileSync(`${this.#file}.tmp`, JSON.stringify(Object.fromEntries(this.#rules)));
    renameSync(`${this.#file}.tmp`, this.#file);
  }
}

export function parseUrl(url = '/'): { bucket: string; key: string; query: URLSearchParams } {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucket, key: decoded(key), query: new URLSearchParams(query) };
}

/** S3 refuses a malformed key itself. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

export function xml(response: ServerResponse, status: number, body: string): void {
  const headers = { 'content-type': 'application/xml', 'x-amz-request-id': randomUUID() };
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** The contents of all elements with that name. Sufficient for the XML of SDKs, where no element nests in itself. */
export function elements(text: string, name: string): string[] {
  return [...text.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g'))].map(([, content = '']) =>
    content.includes('<') ? content : unescaped(content),
  );
}

export const element = (name: string, content: string) => `<${name}>${content}</${name}>`;

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
export const escaped = (text: string) =>
  text.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter as keyof typeof ENTITIES]);
const unescaped = (text: string) =>
  Object.entries(ENTITIES).reduceRight((left, [letter, entity]) => left.replaceAll(entity, letter), text);
