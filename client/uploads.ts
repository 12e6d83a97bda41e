import type { CreatedUpload, Upload, UploadRequest } from './contract.ts';
import type { CallOptions, Transport } from './transport.ts';
import { type WaitOptions, waitUntil } from './wait.ts';

const ENDS: readonly Upload['status'][] = [
  ...(['refused', 'rejected', 'completed', 'partially_completed', 'failed', 'cancelled'] as const),
];
const named = (id: string) => ({ params: { upload_id: id } });

/** Files of payouts. */
export class Uploads {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** PUT the file to `upload_url`. The service reads it when it is there. */
  create(body: UploadRequest, options?: CallOptions): Promise<CreatedUpload> {
    return this.#transport.call('createUpload', { body }, options);
  }

  /** Reads an uploaded file at once. */
  submit(id: string, options?: CallOptions): Promise<Upload> {
    return this.#transport.call('submitUpload', named(id), options);
  }

  get(id: string, options?: CallOptions): Promise<Upload> {
    return this.#transport.call('getUpload', named(id), options);
  }

  /** Starts all batches, or resumes them. */
  start(id: string, options?: CallOptions): Promise<Upload> {
    return this.#transport.call('startUpload', named(id), options);
  }

  stop(id: string, options?: CallOptions): Promise<Upload> {
    return this.#transport.call('stopUpload', named(id), options);
  }

  /** Cancels what was not sent, of all batches. A file that is not stored whole is given up. */
  cancel(id: string, reason: string, options?: CallOptions): Promise<Upload> {
    return this.#transport.call('cancelUpload', { ...named(id), body: { reason } }, options);
  }

  /**
   * Rows that are not valid as they were sent, with their lines and reasons: about 2 MB of them, or only the header after the last.
   * @throws SluiceError NOT_FOUND: there are none
   */
  rejectedCsv(id: string, afterLine = 0, options?: CallOptions): Promise<string> {
    return this.#transport.text(
      'getUploadRejected',
      { ...named(id), query: { after_line: afterLine } },
      'text/csv',
      options,
    );
  }

  /** Writes a report of all payouts. It is ready when `report` of the upload is. */
  requestReport(id: string, options?: CallOptions): Promise<Upload> {
    return this.#transport.call('requestUploadReport', named(id), options);
  }

  /** A link to the last report of all payouts. @throws SluiceError INVALID_STATE: it is not ready */
  async report(id: string, options?: CallOptions): Promise<string> {
    return (await this.#transport.call('getUploadReport', named(id), options)).location;
  }

  /** Waits until every payout has ended, or the file is refused; or as long as `until` says. */
  waitFor(
    id: string,
    options: WaitOptions<Upload> = {},
    until: (upload: Upload) => boolean = ({ status }) => ENDS.includes(status),
  ): Promise<Upload> {
    return waitUntil(`The upload ${id}`, this.#transport.reader('getUpload', named(id), options), until, options);
  }
}
