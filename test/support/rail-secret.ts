import { logger } from '../../lib/edge/log.ts';
import type { HttpRail } from '../../lib/rail/http.ts';
import { httpRail, instruction, yes } from './http-rail.ts';

export const keyOf = (letter: string) => Buffer.from(letter.repeat(32)).toString('base64');
/** Credentials that sign, with a key of this letter. */
export const hmac = (letter: string) => ({ hmac: { key_id: `key-${letter}`, secret: keyOf(letter) } });

/** A secret that the test changes, and a clock that it moves. */
export class Vault {
  reads = 0;
  at = Date.now();
  secret: unknown;
  readonly #before: () => Promise<void>;

  constructor(secret: unknown, before = async () => {}) {
    this.secret = secret;
    this.#before = before;
  }

  rail(url: string): HttpRail {
    const read = async () => {
      this.reads += 1;
      await this.#before();
      if (this.secret instanceof Error) throw this.secret;
      return typeof this.secret === 'string' ? this.secret : JSON.stringify(this.secret);
    };
    const secret = { name: 'prod/bank', read };
    return httpRail(url, { authentication: { rail: 'bank', secret, now: () => this.at, log: logger } });
  }
}

/** Sends an instruction to pay. */
export const pay = (rail: HttpRail, reference: string) => rail.send(instruction(reference), yes);
