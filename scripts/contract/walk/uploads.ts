import { setTimeout } from 'node:timers/promises';
import type { Recorder } from '../recorder.ts';

const CSV = `external_id,vendor_id,vendor_name,amount,currency,bank_account,bank_name,transaction_ids
inv-7001,toko-maju,Toko Maju,1250000.50,IDR,7310252528,Bank Central Asia,txn-20261119-0041;txn-20261119-0057
inv-7002,aling-nena,Aling Nena Sari-Sari Store,8420.75,PHP,004120338871,BDO Unibank,txn-20261119-0102
inv-7003,pho-thin,Phở Thìn Lò Đúc,0,VND,19034567890123,Techcombank,
`;

/** A file with a row that is not valid; then one that is stopped and cancelled. */
export async function walkUploads(recorder: Recorder): Promise<void> {
  const params = await upload(recorder, CSV);
  await recorder.askUntil('getUpload', ({ status }) => status === 'created', { params });
  await recorder.ask('getUploadRejected', 200, { params });
  await recorder.ask('getUploadReport', 409, { params });
  await recorder.ask('startUpload', 202, { params });
  await recorder.askUntil('getUpload', ({ status }) => status === 'completed', { params });
  await recorder.ask('requestUploadReport', 202, { params });
  await ready(recorder, params);
  await recorder.ask('getUploadReport', 302, { params });

  const other = await upload(recorder, CSV.replaceAll('inv-7', 'inv-8'));
  await ended(recorder, other, 'created');
  await recorder.setBank({ mode: 'latency', latency_ms: [3_000, 3_000] });
  await recorder.send('startUpload', { params: other });
  await recorder.ask('stopUpload', 202, { params: other });
  await recorder.ask('cancelUpload', 202, { params: other, body: { reason: 'The file of last month' } });
  await recorder.setBank({ mode: 'happy', latency_ms: [0, 0] });
  await recorder.ask('getUpload', 404, { params: { upload_id: 'upl_00000000000000000000000000000000' } });
}

type Params = { readonly upload_id: string };

async function upload(recorder: Recorder, csv: string): Promise<Params> {
  const body = { format: 'csv', auto_start: false, on_invalid: 'skip' };
  const { json: created } = await recorder.ask('createUpload', 201, { body });
  const params = { upload_id: created.upload_id };
  const sent = await fetch(created.upload_url, { method: 'PUT', body: csv });
  if (!sent.ok) throw new Error(`the upload was answered ${sent.status}`);
  await setTimeout(100);
  await recorder.ask('submitUpload', 202, { params });
  return params;
}

async function ended(recorder: Recorder, params: Params, wanted: string): Promise<void> {
  for (;;) {
    const { json } = await recorder.send('getUpload', { params });
    if (json.status === wanted) return;
    await setTimeout(50);
  }
}

async function ready(recorder: Recorder, params: Params): Promise<void> {
  while ((await recorder.send('getUploadReport', { params })).status !== 302) await setTimeout(50);
}
