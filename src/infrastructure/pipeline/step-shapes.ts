import type { z } from 'zod';
import { STEP_KINDS, STEP_SHAPES, type StepKind } from './workflow-file-schema.js';
import { meantBy } from './compilation.js';

/** A step of a kind, with all keys that it may have. */
export type StepOf<Kind extends StepKind> = {
  [Each in StepKind]: z.output<z.ZodObject<(typeof STEP_SHAPES)[Each]>>;
}[Kind];

/** The kind of a step, or what is wrong with what should tell it. */
export function kindOf(step: Readonly<Record<string, unknown>>): StepKind | { readonly problem: string } {
  const found = STEP_KINDS.filter((kind) => step[kind] !== undefined);
  // The steps of a loop are a part of it; by themselves they are a group.
  const kinds = found.length > 1 ? found.filter((kind) => kind !== 'steps') : found;
  const [kind, other] = kinds;
  if (kind !== undefined && other === undefined) return kind;
  if (kind !== undefined) return { problem: `is both ${kind} and ${other}; make two steps of it` };
  const [unknown] = Object.keys(step).filter((key) => meantBy(key, STEP_KINDS) !== '');
  const meant = unknown === undefined ? '' : `; there is no ${unknown}${meantBy(unknown, STEP_KINDS)}`;
  return { problem: `does nothing: it needs one of ${STEP_KINDS.join(', ')}${meant}` };
}

/** What to say of keys that other kinds of steps have, and this one has not. */
export function keysOfOthers(kind: StepKind, own: readonly string[]): ReadonlyMap<string, string> {
  const others = new Map<string, string>();
  for (const [other, shape] of Object.entries(STEP_SHAPES)) {
    for (const key of Object.keys(shape)) {
      if (own.includes(key) || others.has(key)) continue;
      others.set(key, `${key} means something for ${other}, and nothing for ${kind}`);
    }
  }
  return others;
}
