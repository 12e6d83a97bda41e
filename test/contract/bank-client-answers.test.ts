import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { answering, givenARail, httpRail, IMPATIENT_MS, instruction, yes } from '../support/http-rail.ts';

describe('the bank client rejects an answer', () => {
  const paid = { reference: 'p1.1', status: 'completed', bank_id: 'BANK-1' };

  it.for([
    ['that names another reference', { ...paid, reference: 'p2.1' }],
    ['without a reference', { status: 'completed', bank_id: 'BANK-1' }],
    ['of an unknown status', { ...paid, status: 'done' }],
    ['without a bank id', { reference: 'p1.1', status: 'completed' }],
    ['that is a list', [paid]],
    ['that is null', null],
  ])('%s, with any status code', async ([, body]) => {
    for (const status of [200, 201, 422, 503]) {
      const rail = httpRail(await givenARail(answering(status, body)));
      expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
      expect(await rail.lookUp('p1.1')).toEqual({ kind: 'no_answer' });
    }
  });

  it('to a transfer of not_found or processing', async () => {
    for (const status of ['not_found', 'processing']) {
      const rail = httpRail(await givenARail(answering(200, { reference: 'p1.1', status })));
      expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    }
  });

  it('that breaks off before its head, in it or in its body', async () => {
    const breaks: ((response: ServerResponse) => void)[] = [
      (response) => void response.destroy(),
      (response) => void response.socket?.end('HTTP/1.1 200'),
      (response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"reference":"p1.1"', () => response.destroy());
      },
    ];
    for (const breakOff of breaks) {
      const rail = httpRail(await givenARail((_request, response) => breakOff(response)));
      expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
      expect(await rail.lookUp('p1.1')).toEqual({ kind: 'no_answer' });
    }
  });

  it('whose bytes arrive until after the deadline', async () => {
    const url = await givenARail((_request, response) => {
      response.writeHead(200).write(JSON.stringify(paid).slice(0, 20));
    });
    const rail = httpRail(url, { deadlineMs: IMPATIENT_MS });
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    expect(await rail.lookUp('p1.1')).toEqual({ kind: 'no_answer' });
  });

  it('of a closed port: a refused connection counts as no answer', async () => {
    const rail = httpRail('http://127.0.0.1:9'); // the discard port, which is closed
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    expect(await rail.lookUp('p1.1')).toEqual({ kind: 'no_answer' });
    expect(await rail.isHealthy()).toBe(false);
  });
});
