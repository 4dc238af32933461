import { WaymarkError } from '../../domain/shared/errors.js';
import { requestFailed } from './http-errors.js';
import type { SecretMask } from './secret-mask.js';
import { outputTooLarge } from './step-output.js';

/** A request that is ready to be sent. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How much of the answer is taken, in bytes. */
  readonly maxBytes: number;
  /** Whether it goes on to where it is redirected. */
  readonly followsRedirects: boolean;
  readonly mask: SecretMask;
  readonly signal: AbortSignal;
}

/** What came back. Its texts are as they came: secrets are hidden by whoever records them. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * Sends a request and reads its answer, whatever the status.
 *
 * @throws WaymarkError `WAYMARK_INVALID_REQUEST`, `WAYMARK_HTTP_FAILED`, `WAYMARK_OUTPUT_TOO_LARGE`; the signal's reason
 *   when it aborted. No message holds a secret
 */
export async function sendRequest(request: HttpRequest): Promise<HttpAnswer> {
  const { method, mask, maxBytes, signal } = request;
  const shown = mask.hide(request.url);
  const prepared = prepare(request, shown);
  try {
    const response = await fetch(prepared, { signal });
    const text = await readBody(response, maxBytes, `The answer to ${method} ${shown}`);
    return { status: response.status, headers: Object.fromEntries(response.headers), text };
  } catch (error) {
    signal.throwIfAborted();
    if (WaymarkError.is(error)) throw error;
    throw requestFailed(method, shown, mask.hide(reasonOf(error)));
  }
}

function prepare({ method, url, headers, body, followsRedirects, mask }: HttpRequest, shown: string): Request {
  if (!/^https?:\/\//i.test(url)) throw invalidRequest(method, shown, 'its url is not one of http or https');
  try {
    return new Request(url, {
      method,
      headers,
      redirect: followsRedirects ? 'follow' : 'manual',
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    throw invalidRequest(method, shown, mask.hide(reasonOf(error)));
  }
}

async function readBody(response: Response, maxBytes: number, what: string): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream: the rest is not read.
    if (size > maxBytes) throw outputTooLarge(what, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function invalidRequest(method: string, url: string, problem: string): WaymarkError {
  return new WaymarkError('WAYMARK_INVALID_REQUEST', `${method} ${url} is not a request: ${problem}.`, {
    hint: 'Look at what the templates of its url and headers were filled with.',
    details: { method, url },
  });
}

/** The innermost reason: fetch says only that it failed. */
function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  if (!(reason instanceof Error)) return String(reason);
  return (reason.message || (reason as NodeJS.ErrnoException).code || reason.name).replace(/\.$/, '');
}
