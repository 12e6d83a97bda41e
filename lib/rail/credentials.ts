import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';

const text = z.string().min(1).max(4_000);
/** Of a header: visible ASCII, so that nothing in it can end the header. */
const headerText = text.regex(/^[\x21-\x7e]+$/, 'must be visible ASCII without spaces');
/** Sluice or the HTTP client sets them. */
const RESERVED = new Set([
  'authorization',
  'connection',
  'content-digest',
  'content-length',
  'content-type',
  'host',
  'signature',
  'signature-input',
  'transfer-encoding',
]);
/** RFC 9110: the characters of a token. */
const headerName = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]{1,100}$/, 'must be the name of a header')
  .refine((name) => !RESERVED.has(name.toLowerCase()), 'is a header that Sluice sets itself');

const hmac = z.strictObject({
  key_id: z.string().regex(/^[\w.:/-]{1,200}$/, 'must be letters, digits and . : / _ -'),
  secret: z.string().regex(/^[A-Za-z0-9+/]{43,}={0,2}$/, 'must be at least 32 bytes in base64'),
});

const tls = z
  .strictObject({
    cert: text.max(40_000).optional(),
    key: text.max(40_000).optional(),
    ca: text.max(40_000).optional(),
  })
  .superRefine(({ cert, key, ca }, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if ((cert === undefined) !== (key === undefined)) return refuse(cert ? 'key' : 'cert', 'is missing');
    if (cert === undefined && ca === undefined) return refuse('cert', 'is missing');
    const certificate = cert === undefined ? undefined : parsed(() => new X509Certificate(cert));
    const privateKey = key === undefined ? undefined : parsed(() => createPrivateKey(key));
    if (cert !== undefined && !certificate) refuse('cert', 'must be a certificate in PEM form');
    if (key !== undefined && !privateKey) refuse('key', 'must be a private key in PEM form, without a passphrase');
    if (ca !== undefined && !parsed(() => new X509Certificate(ca))) refuse('ca', 'must be certificates in PEM form');
    if (certificate && privateKey && !certificate.checkPrivateKey(privateKey)) refuse('key', 'is not the key of cert');
  });

/** The value of a rail's secret. Several can be used at once, such as a signature over mutual TLS. */
export const credentialsSchema = z
  .strictObject({
    /** Signs each request: lib/rail/sign-request.ts. `secret`: base64. */
    hmac: hmac.optional(),
    /** `Authorization: Bearer <token>` */
    bearer: headerText.optional(),
    /** `Authorization: Basic <base64 of username:password>` */
    basic: z
      .strictObject({
        username: z.string().regex(/^[^:\p{Cc}]{1,200}$/u, 'must have no colon'),
        password: z.string().max(4_000),
      })
      .optional(),
    /** A header of its own, such as X-API-Key. */
    header: z.strictObject({ name: headerName, value: headerText }).optional(),
    /** PEM. `cert` and `key`: what the rail asks of its clients. `ca`: who signed the certificate of the rail, if no public authority did. */
    tls: tls.optional(),
  })
  .refine(({ bearer, basic }) => bearer === undefined || basic === undefined, {
    path: ['basic'],
    message: 'cannot be used together with bearer: both are the header Authorization',
  })
  .refine((all) => Object.values(all).some((each) => each !== undefined), 'has no credentials');
export type Credentials = z.infer<typeof credentialsSchema>;

/** Names the secret and the field, never a value. */
export class InvalidSecret extends Error {
  override readonly name = 'InvalidSecret';
}

/** @throws InvalidSecret */
export function credentialsOf(secretName: string, secret: string): Credentials {
  const json = parsed((): unknown => JSON.parse(secret)); // the parser's own message quotes the text
  if (json === undefined) throw new InvalidSecret(`The secret ${secretName} is not JSON.`);
  const { data, error } = credentialsSchema.safeParse(json);
  if (data) return data;
  const problems = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(' '));
  throw new InvalidSecret(`The secret ${secretName} is not valid: ${problems.join(', ')}.`);
}

function parsed<Value>(parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
