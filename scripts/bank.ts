import { z } from 'zod';
import { BadInput, type Endpoints, reach, Unexpected } from './endpoints.ts';

const ledgerPageSchema = z.object({
  instructions: z.array(
    z.object({
      instruction: z.string(),
      moves: z.number(),
      moved_minor: z.string(),
      returned_minor: z.string().optional(),
      currency: z.string(),
    }),
  ),
  next: z.string().nullable(),
});

const auditSchema = z.object({ arrivals: z.number(), moved: z.number(), moved_more_than_once: z.number() });

export type LedgerRow = z.infer<typeof ledgerPageSchema>['instructions'][number];

/** The mock bank, which also plays the payment gateway and the chains: its ledger, and how it behaves. */
export class MockBank {
  readonly #url: string;

  constructor({ bank }: Pick<Endpoints, 'bank'>) {
    this.#url = bank;
  }

  /** Every instruction of a batch that reached the bank. */
  ledger(batchId: string): Promise<LedgerRow[]> {
    return this.instructions(`${batchId}.`);
  }

  /** Every instruction with this prefix that reached the bank. */
  async instructions(prefix: string): Promise<LedgerRow[]> {
    const rows: LedgerRow[] = [];
    for await (const page of this.instructionPages(prefix)) rows.push(...page);
    return rows;
  }

  /** The same, page by page. */
  async *instructionPages(prefix: string): AsyncGenerator<readonly LedgerRow[]> {
    for (let after: string | null = ''; after !== null; ) {
      const query: string = new URLSearchParams({ prefix, after, limit: '5000' }).toString();
      const page: z.infer<typeof ledgerPageSchema> = await this.#get(`/audit/instructions?${query}`, ledgerPageSchema);
      yield page.instructions;
      after = page.next;
    }
  }

  /** The sum of all charges by currency. */
  async chargedTotals(): Promise<ReadonlyMap<string, bigint>> {
    const { totals } = await this.#get('/audit?kind=charges', z.object({ totals: z.record(z.string(), z.string()) }));
    return new Map(Object.entries(totals).map(([currency, minor]) => [currency, BigInt(minor)]));
  }

  /** Counts of the instructions with this prefix; `arrivals` counts repeated attempts too. */
  audit(prefix: string): Promise<z.infer<typeof auditSchema>> {
    return this.#get(`/audit?${new URLSearchParams({ prefix })}`, auditSchema);
  }

  /** How it behaves now (localstack/bank/server.ts). */
  mode(): Promise<Readonly<Record<string, unknown>>> {
    return this.#get('/mode', z.record(z.string(), z.unknown()));
  }

  /** @throws BadInput if the bank does not have such a mode */
  async setMode(mode: object): Promise<void> {
    const body = JSON.stringify(mode);
    const answer = await reach(`${this.#url}/mode`, { method: 'PUT', body });
    if (!answer.ok) throw new BadInput(`The bank refused the mode ${body}: ${await answer.text()}`);
  }

  async #get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const answer = await reach(`${this.#url}${path}`);
    const text = await answer.text();
    if (!answer.ok) throw new Unexpected(`GET ${this.#url}${path} answered ${answer.status} ${text.slice(0, 200)}`);
    return schema.parse(JSON.parse(text));
  }
}
