import { z } from 'zod';
import { SECRET } from './secret.js';

/** How many schemas within schemas are looked through. */
const DEEPEST = 200;

/**
 * What Zod found wrong, without anything of a secret's value: of a secret it is only told that it is wrong. The keys of
 * a secret object, or a message that quotes its input, would give it away otherwise.
 */
export function concealedIssues(
  schema: z.core.$ZodType,
  issues: readonly z.core.$ZodIssue[],
): readonly z.core.$ZodIssue[] {
  if (!holdsSecret(schema)) return issues;
  return issues.map((issue) => concealed(schema, issue));
}

function concealed(schema: z.core.$ZodType, issue: z.core.$ZodIssue): z.core.$ZodIssue {
  let reached = unwrapped(schema);
  for (let depth = 0; depth <= issue.path.length; depth += 1) {
    if (reached.some(isSecret)) {
      const path = issue.path.slice(0, depth);
      return { code: 'custom', path, message: 'is not valid, and a secret: its value is not told' };
    }
    const key = issue.path[depth];
    reached = reached.flatMap((part) => below(part, key)).flatMap(unwrapped);
  }
  // Issues within issues (of each option of a union) have paths of their own.
  const { code, path, message } = issue;
  return 'errors' in issue || 'issues' in issue ? ({ code, path, message } as z.core.$ZodIssue) : issue;
}

/** A schema and those that it stands for at the same place: of what it makes optional, each option of a union. */
export function unwrapped(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  return hasPlaces(schema) || isSecret(schema) ? [schema] : [schema, ...parts(schema).flatMap(unwrapped)];
}

/** The schemas of what lies under a key; of all keys, where it has not one for each. */
export function below(schema: z.core.$ZodType, key: PropertyKey | undefined): readonly z.core.$ZodType[] {
  if (!hasPlaces(schema)) return [];
  const { shape } = schema._zod.def as { readonly shape?: z.core.$ZodShape };
  if (shape === undefined) return parts(schema);
  return typeof key === 'string' && Object.hasOwn(shape, key) ? [shape[key] as z.core.$ZodType] : [];
}

function hasPlaces(schema: z.core.$ZodType): boolean {
  return ['object', 'array', 'record', 'tuple', 'map', 'set'].includes(schema._zod.def.type);
}

/** Whether a schema was made with `secret()`. */
export function isSecret(schema: z.core.$ZodType): boolean {
  return z.globalRegistry.get(schema)?.[SECRET] === true;
}

/** Whether a secret lies anywhere within a schema. */
export function holdsSecret(schema: z.core.$ZodType): boolean {
  return holds(schema, isSecret);
}

/** Whether a schema of a kind lies anywhere within a schema. */
export function holds(
  schema: z.core.$ZodType,
  isWanted: (schema: z.core.$ZodType) => boolean,
  seen = new Set<z.core.$ZodType>(),
  depth = 0,
): boolean {
  // One that makes itself anew at each level has no end: better to tell too little of it.
  if (isWanted(schema) || depth > DEEPEST) return true;
  // A schema may contain itself.
  if (seen.has(schema)) return false;
  seen.add(schema);
  return parts(schema).some((part) => holds(part, isWanted, seen, depth + 1));
}

/** A schema and all that it is made of, as far as it is looked through. */
export function within(
  schema: z.core.$ZodType,
  seen = new Set<z.core.$ZodType>(),
  depth = 0,
): readonly z.core.$ZodType[] {
  if (seen.has(schema) || depth > DEEPEST) return [];
  seen.add(schema);
  return [schema, ...parts(schema).flatMap((part) => within(part, seen, depth + 1))];
}

/** The schemas that a schema is made of. */
function parts(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const def = schema._zod.def as {
    readonly shape?: z.core.$ZodShape;
    readonly options?: readonly z.core.$ZodType[];
    readonly items?: readonly z.core.$ZodType[];
    readonly getter?: () => z.core.$ZodType;
  } & Readonly<
    Partial<
      Record<'innerType' | 'element' | 'keyType' | 'valueType' | 'in' | 'left' | 'right' | 'rest', z.core.$ZodType>
    >
  >;
  const single = [def.innerType, def.element, def.keyType, def.valueType, def.in, def.left, def.right, def.rest];
  return [
    ...single.filter((part) => part !== undefined && part !== null),
    ...Object.values(def.shape ?? {}),
    ...(def.options ?? []),
    ...(def.items ?? []),
    ...(def.getter === undefined ? [] : [def.getter()]),
  ];
}
