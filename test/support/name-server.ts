import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import ipaddr from 'ipaddr.js';

/** The addresses of a name. Each resolution takes the next list, and the last one stays. */
type Zone = { readonly [name: string]: readonly (readonly string[])[] | 'silent' | 'failing' | 'garbage' };

const A = 1;
const RCODE = { ok: 0, failed: 2, unknown: 3 };

/** A DNS server on loopback. It knows the names of its zone only. */
export class NameServer {
  /** The names that were asked for, once for each resolution. */
  readonly asked: string[] = [];
  readonly #socket: Socket = createSocket('udp4');
  readonly #zone: Zone;

  private constructor(zone: Zone) {
    this.#zone = zone;
    this.#socket.on('message', (query, { port }) => {
      const answer = this.#answer(query);
      if (answer) this.#socket.send(answer, port, '127.0.0.1');
    });
  }

  static async of(zone: Zone): Promise<NameServer> {
    const server = new NameServer(zone);
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  close(): void {
    this.#socket.close();
  }

  #answer(query: Buffer): Buffer | undefined {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const question = query.subarray(12, at + 5);
    const type = question.readUInt16BE(question.length - 4);
    const name = labels.join('.').toLowerCase();
    if (type === A) this.asked.push(name);
    const zone = this.#zone[name];
    if (zone === 'silent') return undefined;
    if (zone === 'garbage') return Buffer.from('no DNS message');
    if (zone === 'failing') return message(query, question, RCODE.failed, []);
    if (!zone) return message(query, question, RCODE.unknown, []);
    // Node asks for A first, then for AAAA: both belong to the same resolution.
    const turn = this.asked.filter((each) => each === name).length - 1;
    const addresses = zone[Math.min(Math.max(turn, 0), zone.length - 1)] ?? [];
    const ofType = addresses.map((address) => Buffer.from(ipaddr.parse(address).toByteArray()));
    return message(
      query,
      question,
      RCODE.ok,
      ofType.filter(({ length }) => length === (type === A ? 4 : 16)).map((bytes) => record(type, bytes)),
    );
  }
}

/** RFC 1035, section 4.1. */
function message(query: Buffer, question: Buffer, rcode: number, records: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 + rcode, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  return Buffer.concat([head, question, ...records]);
}

/** With a pointer to the name of the question, and a time to live of 0. */
function record(type: number, address: Buffer): Buffer {
  const head = Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 0, 0, address.length]);
  return Buffer.concat([head, address]);
}
