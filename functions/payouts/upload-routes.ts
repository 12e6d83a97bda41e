import { z } from 'zod';
import { uploads } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { csvAnswer } from '../../lib/edge/csv.ts';
import { linkAnswer, toLink } from '../../lib/edge/link.ts';
import { afterLine } from '../../lib/edge/paging.ts';
import { route } from '../../lib/edge/route.ts';
import { startImport, UPLOAD_ID, uploadIdOf } from '../../lib/imports/index.ts';
import { pathId } from '../../lib/kernel/fields.ts';
import { cancelRequest } from '../../lib/payouts/index.ts';
import { readUpload, show } from '../../lib/uploads/read-upload.ts';
import { readRejected } from '../../lib/uploads/rejected-rows.ts';
import {
  cancelUpload,
  createUpload,
  linkToUploadReport,
  requestForAll,
  requestReport,
} from '../../lib/uploads/request-upload.ts';
import { createdUpload, uploadAnswer, uploadRequest } from '../../lib/uploads/schemas.ts';
import { createdView, uploadView } from '../../lib/uploads/view.ts';

const uploadPath = z.object({ upload_id: pathId(UPLOAD_ID) });
const ofUpload = { parameters: { upload_id: '$response.body#/upload_id' } };
const shown = async (one: Parameters<typeof show>[1]) => uploadView(await show(uploads(), one));

/** Files of payouts. */
export const uploadReads = {
  getUpload: route({
    method: 'GET',
    path: '/batches/uploads/{upload_id}',
    summary: 'Read the progress of a file of payouts, and its batches',
    scope: 'payouts:read',
    params: uploadPath,
    answers: { 200: { description: 'The upload.', schema: uploadAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({
    status: 200,
    body: uploadView(await readUpload(uploads(), uploadIdOf(params.upload_id))),
  })),

  getUploadReport: route({
    method: 'GET',
    path: '/batches/uploads/{upload_id}/report',
    summary: 'Download the report of all payouts of a file, once it is written',
    scope: 'payouts:read',
    params: uploadPath,
    answers: { 302: linkAnswer },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params }) => toLink(await linkToUploadReport(uploads(), uploadIdOf(params.upload_id)))),
};

const stored = {
  answers: { 202: { description: 'The request is stored; the batches follow.', schema: uploadAnswer } },
  errors: ['NOT_FOUND', 'INVALID_STATE'],
} as const;

const requestOfAll = (wanted: 'start' | 'stop', summary: string) =>
  route({
    method: 'POST',
    path: `/batches/uploads/{upload_id}/${wanted}`,
    summary,
    scope: 'payouts:write',
    params: uploadPath,
    ...stored,
  })(async ({ params }) => ({
    status: 202,
    body: await shown(await requestForAll(uploads(), uploadIdOf(params.upload_id), wanted)),
  }));

export const uploadWrites = {
  getUploadRejected: route({
    method: 'GET',
    path: '/batches/uploads/{upload_id}/rejected.csv',
    summary: 'Read the rows of a file that are not valid, to correct them and upload them again',
    description:
      'One line per row with its `line` in the file, its fields as they were sent, and `reasons`; a file with these columns can be uploaded. `other_fields` has what no row can have, as JSON. An answer has about 2 MB: for the next rows send the last `line` as `after_line`, until only the header comes. Accounts are not masked, so reading them needs the scope of sending them. The rows are deleted after 30 days.',
    scope: 'payouts:write',
    params: uploadPath,
    query: z.strictObject({ after_line: afterLine }),
    answers: {
      200: {
        description: 'Only the header after the last row.',
        type: 'text/csv',
        headers: { 'Content-Disposition': 'attachment, with a file name.' },
      },
    },
    errors: ['NOT_FOUND'],
  })(async ({ params, query }) => {
    const id = uploadIdOf(params.upload_id);
    return csvAnswer(`${id}.rejected.csv`, await readRejected(uploads(), id, query.after_line));
  }),

  createUpload: route({
    method: 'POST',
    path: '/batches/uploads',
    summary: 'Create an upload of up to 1,000,000 payouts, with a link for its file',
    description:
      'The file is checked whole before anything is stored. Then it is stored as batches of at most 15,000 payouts, which are held until the file is stored whole and, if it meets a rule, approved once for all of them.',
    scope: 'payouts:write',
    body: uploadRequest,
    answers: {
      201: {
        description: 'The upload waits for its file.',
        schema: createdUpload,
        headers: { Location: 'The path of the upload.' },
        links: Object.fromEntries(
          ['getUpload', 'submitUpload', 'startUpload', 'stopUpload', 'cancelUpload', 'requestUploadReport'].map(
            (id) => [id, ofUpload],
          ),
        ),
      },
    },
  })(async ({ body }) => {
    const created = await createUpload(uploads(), body);
    addLogFields({ upload_id: created.one.id });
    return {
      status: 201,
      headers: { location: `/batches/uploads/${created.one.id}` },
      body: createdView(created),
    };
  }),

  submitUpload: route({
    method: 'POST',
    path: '/batches/uploads/{upload_id}/submit',
    summary: 'Read a file that is uploaded, instead of waiting for the notification of the upload',
    scope: 'payouts:write',
    params: uploadPath,
    answers: { 202: { description: 'The upload. If it is read already, nothing changes.', schema: uploadAnswer } },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params }) => ({
    status: 202,
    body: await shown(await startImport(uploads(), uploadIdOf(params.upload_id))),
  })),

  startUpload: requestOfAll('start', 'Start all batches of an upload, or resume those that were stopped'),

  stopUpload: requestOfAll('stop', 'Stop all batches of an upload'),

  cancelUpload: route({
    method: 'POST',
    path: '/batches/uploads/{upload_id}/cancel',
    summary: 'Cancel what was not sent, of all batches of an upload',
    description: 'A file that is not stored whole is given up: nothing of it was or will be sent.',
    scope: 'payouts:write',
    params: uploadPath,
    body: cancelRequest,
    ...stored,
  })(async ({ params, body }) => ({
    status: 202,
    body: await shown(await cancelUpload(uploads(), uploadIdOf(params.upload_id), body.reason)),
  })),

  requestUploadReport: route({
    method: 'POST',
    path: '/batches/uploads/{upload_id}/report',
    summary: 'Write a report of all payouts of an upload, one line for each',
    scope: 'payouts:read',
    params: uploadPath,
    answers: { 202: { description: 'The report is being written.', schema: uploadAnswer } },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params }) => ({
    status: 202,
    body: await shown(await requestReport(uploads(), uploadIdOf(params.upload_id))),
  })),
};
