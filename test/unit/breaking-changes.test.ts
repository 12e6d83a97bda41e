import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { breakingChanges, type Document } from '../../scripts/contract/breaking-changes.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8');
// biome-ignore lint/suspicious/noExplicitAny: the tests change any part of the document
const changed = (change: (document: any) => void): string[] => {
  const after = JSON.parse(text);
  change(after);
  return breakingChanges(JSON.parse(text) as Document, after);
};

describe('a change that breaks callers is named', () => {
  // biome-ignore lint/suspicious/noExplicitAny: any part of the document
  it.each<[string, (document: any) => void, string]>([
    [
      'a removed route',
      ({ paths }) => delete paths['/batches/{batch_id}/stop'],
      'POST /batches/{batch_id}/stop: is removed',
    ],
    [
      'a new code of errors, once for all routes',
      ({ components }) => components.schemas.Error.properties.error.properties.code.enum.push('NEW'),
      'every error: code: the value NEW is not in both',
    ],
    [
      'a removed parameter',
      ({ paths }) => {
        const { get } = paths['/batches/{batch_id}/payouts'];
        get.parameters = get.parameters.filter(({ name }: { name: string }) => name !== 'status');
      },
      'GET /batches/{batch_id}/payouts query status: is removed',
    ],
    [
      'a smaller limit of a parameter',
      ({ paths }) => {
        const { parameters } = paths['/batches'].get;
        parameters.find(({ name }: { name: string }) => name === 'limit').schema.maximum = 100;
      },
      'GET /batches query limit: maximum 100 and 500',
    ],
    [
      'a new required field of a request',
      ({ components }) => components.schemas.VendorPayout.required.push('transaction_ids'),
      'POST /batches request.payouts[].transaction_ids: is required',
    ],
    [
      'a removed field of a request',
      ({ components }) => delete components.schemas.BatchRequest.properties.auto_start,
      'POST /batches request.auto_start: is removed',
    ],
    [
      'a shorter text',
      ({ components }) => {
        components.schemas.VendorPayout.properties.vendor_name.maxLength = 70;
      },
      'POST /batches request.payouts[].vendor_name: maxLength 70 and 140',
    ],
    [
      'a narrower type',
      ({ components }) => {
        components.schemas.VendorPayout.properties.amount.type = 'integer';
      },
      'POST /batches request.payouts[].amount: type integer and number',
    ],
    [
      'a removed field of an answer',
      ({ components }) => {
        const { Payout } = components.schemas;
        delete Payout.properties.bank_id;
        Payout.required = Payout.required.filter((name: string) => name !== 'bank_id');
      },
      'GET /payouts/{payout_id} answer 200.bank_id: may be missing',
    ],
    [
      'an optional field of an answer that is removed',
      ({ components }) => delete components.schemas.Payout.properties.payee.properties.name,
      'GET /payouts/{payout_id} answer 200.payee.name: is removed',
    ],
    [
      'a new value that an answer may have',
      ({ components }) => components.schemas.Payout.properties.status.enum.push('lost'),
      'GET /payouts/{payout_id} answer 200.status: the value lost is not in both',
    ],
    [
      'a removed status',
      ({ paths }) => delete paths['/batches'].post.responses[201],
      'POST /batches answer 201: is removed',
    ],
    [
      'a removed header',
      ({ paths }) => delete paths['/batches'].post.responses[201].headers.Location,
      'POST /batches answer 201: the header Location is removed',
    ],
    [
      'a removed content type',
      ({ paths }) => delete paths['/batches/{batch_id}/report'].get.responses[200].content['text/csv'],
      'GET /batches/{batch_id}/report text/csv: is removed',
    ],
    [
      'another scope',
      ({ paths }) => {
        paths['/health'].get['x-scope'] = 'operations';
      },
      'GET /health scope: operations was public',
    ],
  ])('%s', (_name, change, expected) => {
    expect(changed(change)).toContain(expected);
  });
});

describe('a change that only adds is none', () => {
  // biome-ignore lint/suspicious/noExplicitAny: any part of the document
  it.each<[string, (document: any) => void]>([
    ['no change', () => {}],
    ['a new route', ({ paths }) => Object.assign(paths, { '/new': paths['/health'] })],
    [
      'a new optional field of a request',
      ({ components }) => Object.assign(components.schemas.VendorPayout.properties, { note: { type: 'string' } }),
    ],
    [
      'a new field of an answer',
      ({ components }) => Object.assign(components.schemas.Payout.properties, { note: { type: 'string' } }),
    ],
    [
      'a longer text',
      ({ components }) => Object.assign(components.schemas.VendorPayout.properties.vendor_name, { maxLength: 200 }),
    ],
    [
      'a new error',
      ({ paths }) =>
        Object.assign(paths['/batches'].get.responses, { 404: { $ref: '#/components/responses/NOT_FOUND' } }),
    ],
  ])('%s', (_name, change) => {
    expect(changed(change)).toEqual([]);
  });
});
