const NOT_HTTP = 'the answer is not valid HTTP';

/** The reasons of failed calls by the codes of Node, OpenSSL and undici. */
const REASONS: { readonly [code: string]: string } = {
  ENOTFOUND: 'the host name does not resolve',
  ENODATA: 'the host name does not resolve',
  EAI_AGAIN: 'the host name could not be resolved',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed before a complete answer',
  EPIPE: 'the connection was closed before a complete answer',
  UND_ERR_SOCKET: 'the connection was closed before a complete answer',
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the host is unreachable',
  EADDRNOTAVAIL: 'the host is unreachable',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_OVERFLOW: 'the head of the answer is too large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: NOT_HTTP,
  UND_ERR_DESTROYED: 'the call was ended',
  UND_ERR_CLOSED: 'the call was ended',
  UND_ERR_INVALID_ARG: 'the request is not valid HTTP',
  CERT_HAS_EXPIRED: 'the TLS certificate has expired',
  CERT_NOT_YET_VALID: 'the TLS certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the TLS certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the TLS certificate is from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'the TLS certificate is from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the TLS certificate is from an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the TLS certificate is from an unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the TLS certificate is for another name',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'the endpoint must support TLS 1.2 or newer',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the endpoint must support TLS 1.2 or newer',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the endpoint does not use TLS on this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the endpoint does not use TLS on this port',
};

/** A refusal of ours; its message is the reason. */
export class RefusedAddress extends Error {}

/** Why a call failed, for the owner of the endpoint. No message of a library: it can contain what the endpoint answered. */
export function reasonOf(error: unknown): string {
  if (error instanceof RefusedAddress) return error.message;
  if (error instanceof Error && error.name === 'HTTPParserError') return NOT_HTTP;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return REASONS[code] ?? 'no TLS connection could be made';
  if (code.startsWith('CERT_') || code.startsWith('INVALID_'))
    return REASONS[code] ?? 'the TLS certificate is not valid';
  return REASONS[code] ?? 'the call failed';
}
