import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { NodeContext } from '../../domain/workflow/nodes/node-context.js';
import type { Command } from './run-command.js';

/** What Node is to run. */
export type NodeWork =
  | { readonly kind: 'code'; readonly code: string }
  /** The path of the file is relative to the folder that Node is run in. */
  | { readonly kind: 'file'; readonly file: string; readonly args: readonly string[] };

/** Which part of the memory the heap may take: Node gathers what is no longer used in good time, and has room beside it. */
const HEAP_PART = 0.75;

/** The smallest heap that Node starts with at all, in MiB. */
const SMALLEST_HEAP = 16;

/**
 * The program and the arguments that run it: with the Node of the environment, or with that of this process where the
 * environment has none.
 */
export async function nodeCommand(
  work: NodeWork,
  cwd: string,
  memoryBytes: number | undefined,
  environment: NodeContext['environment'],
): Promise<Pick<Command, 'program' | 'args'>> {
  const program = await nodeOf(environment?.path ?? []);
  const limits = memoryBytes === undefined ? [] : [`--max-old-space-size=${heapOf(memoryBytes)}`];
  if (work.kind === 'code') return { program, args: [...limits, '--input-type=module', `--eval=${work.code}`] };
  // With its whole path, so that no name of a file is taken for an option.
  return { program, args: [...limits, resolve(cwd, work.file), ...work.args] };
}

function heapOf(memoryBytes: number): number {
  return Math.max(SMALLEST_HEAP, Math.floor((memoryBytes * HEAP_PART) / 1_048_576));
}

async function nodeOf(folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const program = join(folder, 'node');
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return program;
  }
  return process.execPath;
}
