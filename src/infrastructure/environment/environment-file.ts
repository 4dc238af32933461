import { readFile, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { RUNTIMES } from '../../domain/environment/environment-spec.js';
import type { KeptEnvironment } from '../../application/environment/environment-folders.port.js';
import { replaceFile } from '../export/durable-file.js';

/** The file that makes an environment whole: it is written last. */
export const ENVIRONMENT_FILE = 'environment.json';

const texts = z.record(z.string(), z.string());

const shape = z.object({
  format: z.literal(1),
  record: z.object({
    environmentId: z.string(),
    specHash: z.string().regex(/^[0-9a-f]{64}$/),
    spec: z.strictObject({
      runtime: z.enum(RUNTIMES),
      version: z.string().exactOptional(),
      packages: texts.exactOptional(),
      lock: z.string().exactOptional(),
      variables: texts.exactOptional(),
    }),
    installed: z.array(z.string()),
  }),
  runtimeVersion: z.string(),
  // A folder beside the file, and no way out of there.
  content: z.string().regex(/^[1-9]\d*$/),
  bytes: z.int().min(0),
  createdAt: z.iso.datetime(),
});

/** Writes what an environment is. When it was used last is the time of the file. */
export async function writeEnvironmentFile(
  folder: string,
  { record, runtimeVersion, path, createdAt, bytes }: Omit<KeptEnvironment, 'lastUsedAt'>,
): Promise<void> {
  const content = basename(path);
  const text = JSON.stringify({ format: 1, record, runtimeVersion, content, bytes, createdAt }, null, 2);
  await replaceFile(join(folder, ENVIRONMENT_FILE), `${text}\n`);
}

/** Remembers when an environment was used last. */
export async function touchEnvironmentFile(folder: string, nowMs: number): Promise<void> {
  await utimes(join(folder, ENVIRONMENT_FILE), nowMs / 1_000, nowMs / 1_000);
}

/** What a folder says that it is; `undefined` when it says nothing, or nothing that can be believed. */
export async function readEnvironmentFile(folder: string, id: string): Promise<KeptEnvironment | undefined> {
  const file = join(folder, ENVIRONMENT_FILE);
  let text: string;
  let lastUsedAt: string;
  try {
    text = await readFile(file, 'utf8');
    lastUsedAt = (await stat(file)).mtime.toISOString();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  const parsed = shape.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.record.environmentId !== id) return undefined;
  const { record, runtimeVersion, content, bytes, createdAt } = parsed.data;
  return { record, runtimeVersion, path: join(folder, content), bytes, createdAt, lastUsedAt };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A file that is cut off says nothing.
    return undefined;
  }
}
