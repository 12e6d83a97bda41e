import { generate } from 'selfsigned';

const DAY_MS = 24 * 3600_000;
export type Certificate = { readonly key: string; readonly cert: string };

/** A certificate authority of the test, with its certificates. */
export class Authority {
  readonly cert: string;
  readonly #key: string;

  private constructor({ key, cert }: Certificate) {
    this.cert = cert;
    this.#key = key;
  }

  static async create(name: string): Promise<Authority> {
    const usage = { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true } as const;
    const constraints = { name: 'basicConstraints', cA: true, critical: true } as const;
    return new Authority(await certificate(name, { extensions: [constraints, usage] }));
  }

  /** Valid for a year from `days` days from now. */
  issue(name: string, days = -1): Promise<Certificate> {
    const from = Date.now() + days * DAY_MS;
    return certificate(name, {
      notBeforeDate: new Date(from),
      notAfterDate: new Date(from + 365 * DAY_MS),
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
      ca: { key: this.#key, cert: this.cert },
    });
  }
}

export async function certificate(name: string, options: Parameters<typeof generate>[1]): Promise<Certificate> {
  const common = { keyType: 'ec', algorithm: 'sha256' } as const;
  const made = await generate([{ name: 'commonName', value: name }], { ...common, ...options });
  return { key: made.private, cert: made.cert };
}
