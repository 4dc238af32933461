import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import type { TrustedKeyInit } from '../../domain/audit/integrity/trusted-keys.js';
import { usageError } from './errors.js';
import { collect } from './options.js';

/** `--trusted`, as often as needed. */
export function trustedOption(): Option {
  return new Option(
    '--trusted <key>',
    'a public key to believe (NAME+ID+KEY, or @FILE); KEY@SIZE: for logs of up to so many entries; repeatable',
  ).argParser(collect);
}

/**
 * The keys that were named.
 *
 * @throws WaymarkError `WAYMARK_USAGE` when a file can't be read
 */
export function trustedKeys(named: readonly string[] | undefined): readonly TrustedKeyInit[] | undefined {
  return named?.map((text) => {
    if (text.startsWith('@')) return { key: readKey(text.slice(1)) };
    const [, key = text, upToSize] = /^(.+)@(\d{1,15})$/.exec(text) ?? [];
    return upToSize === undefined ? { key } : { key, upToSize: Number(upToSize) };
  });
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw usageError(
      `The file ${path} of --trusted can not be read: ${why}.`,
      'Name the file that holds the public key.',
    );
  }
}
