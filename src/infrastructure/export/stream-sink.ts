import { createHash } from 'node:crypto';
import type {
  ExportOutput,
  ExportSink,
  FileDigest,
  SinkOptions,
} from '../../application/audit/export/export-files.port.js';
import { type ExportManifest, formatManifest } from '../../domain/audit/export/export-manifest.js';
import { replaceFile } from './durable-file.js';
import { exportFailed } from './export-failed.js';
import { packed } from './file-sink.js';

/** An export to a stream, at the speed of whoever reads it. */
export class StreamSink implements ExportSink {
  readonly #output: ExportOutput;
  readonly #options: SinkOptions;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(output: ExportOutput, options: SinkOptions) {
    this.#output = output;
    this.#options = options;
  }

  async write(chunk: string): Promise<void> {
    const bytes = await packed(chunk, this.#options.gzip);
    if (bytes.length === 0) return;
    await new Promise<void>((done, fail) => {
      this.#output.write(bytes, (error) => {
        if (error === null || error === undefined) done();
        else fail(exportFailed('The stream does not take the export', error));
      });
    });
    this.#bytes += bytes.length;
    this.#hash.update(bytes);
  }

  digest(): FileDigest {
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest('hex') };
  }

  save(): Promise<void> {
    return Promise.resolve();
  }

  async finish(manifest: ExportManifest): Promise<void> {
    const { manifest: path } = this.#options;
    if (path === undefined) return;
    try {
      await replaceFile(path, formatManifest(manifest));
    } catch (error) {
      throw exportFailed(`The manifest ${path} can not be written`, error);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
