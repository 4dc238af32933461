import { readFile } from 'node:fs/promises';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { CliIo } from './cli-io.js';

/**
 * JSON from the command line: the text itself, `@file`, or `-` for stdin.
 *
 * @throws WaymarkError `WAYMARK_INVALID_JSON`
 */
export async function readJsonArgument(argument: string, option: string, io: CliIo): Promise<unknown> {
  const text = await readText(argument, option, io);
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as unknown;
  } catch (error) {
    throw invalid(`${option} is not JSON: ${(error as SyntaxError).message}.`, option, error);
  }
}

async function readText(argument: string, option: string, io: CliIo): Promise<string> {
  if (argument === '-') return readAll(io.stdin);
  if (!argument.startsWith('@')) return argument;
  try {
    return await readFile(argument.slice(1), 'utf8');
  } catch (error) {
    throw invalid(`${option} names the file ${argument.slice(1)}, which can't be read.`, option, error);
  }
}

async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
  return Buffer.concat(chunks).toString('utf8');
}

function invalid(message: string, option: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_INVALID_JSON', message, {
    cause,
    hint: `Quote it for the shell: ${option} '{"name": "value"}'; or name a file: ${option} @input.json.`,
    details: { option },
  });
}
