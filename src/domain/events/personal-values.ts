import type { z } from 'zod';
import { identifierProblem } from '../shared/identifiers.js';
import { isJsonObject, type JsonObject, type JsonValue, pointerSegment, setOwn } from '../shared/json.js';
import { below, unwrapped } from './concealed-issues.js';
import type { EventIssue } from './invalid-event.error.js';
import { isPersonal, PERSONAL_PLACEHOLDER, subjectRuleOf } from './personal.js';

/** A personal value within a payload. */
export interface PersonalValue {
  /** Where it is, as a JSON pointer. */
  readonly path: string;
  readonly value: JsonValue;
  /** Whom it is about; `undefined` where that can't be told. */
  readonly subject: string | undefined;
}

/**
 * A payload with something else in the place of each personal value.
 *
 * @param schemas those that speak for the payload: what one of them calls personal is
 */
export function replacePersonal(
  schemas: readonly z.core.$ZodType[],
  payload: JsonObject,
  replace: (found: PersonalValue) => JsonValue,
): JsonObject {
  const walk = (
    at: readonly z.core.$ZodType[],
    value: JsonValue,
    path: string,
    around: readonly JsonObject[],
  ): JsonValue => {
    const reached = at.flatMap(unwrapped);
    if (reached.length === 0) return value;
    const mark = reached.find(isPersonal);
    if (mark !== undefined) return replace({ path, value, subject: subjectOf(mark, payload, around) });
    if (typeof value !== 'object' || value === null) return value;
    const under = (key: string): readonly z.core.$ZodType[] => reached.flatMap((part) => below(part, key));
    if (!isJsonObject(value)) {
      return value.map((item, index) => walk(under(String(index)), item, path + pointerSegment(index), around));
    }
    const result = {};
    for (const [key, item] of Object.entries(value)) {
      setOwn(result, key, walk(under(key), item, path + pointerSegment(key), [...around, value]));
    }
    return result;
  };
  return walk(schemas, payload, '', []) as JsonObject;
}

/** A payload as it may be shown to whoever reads the store: without its personal values. */
export function withoutPersonal(schemas: readonly z.core.$ZodType[], payload: JsonObject): JsonObject {
  return replacePersonal(schemas, payload, () => PERSONAL_PLACEHOLDER);
}

/** What is wrong with a payload: personal values of which nobody can tell whom they are about. */
export function subjectIssues(schemas: readonly z.core.$ZodType[], payload: JsonObject): readonly EventIssue[] {
  const issues: EventIssue[] = [];
  replacePersonal(schemas, payload, ({ path, value, subject }) => {
    if (subject === undefined) {
      const message = 'is personal, and the payload does not say whom it is about: the subject must be an identifier';
      issues.push({ path: path.split('/').slice(1), message });
    }
    return value;
  });
  return issues;
}

function subjectOf(mark: z.core.$ZodType, payload: JsonObject, around: readonly JsonObject[]): string | undefined {
  const rule = subjectRuleOf(mark);
  if (rule === undefined) return undefined;
  const named = typeof rule === 'function' ? answerOf(rule, payload) : nearest(rule, around);
  const subject = typeof named === 'number' ? String(named) : named;
  return typeof subject === 'string' && identifierProblem(subject) === undefined ? subject : undefined;
}

/** A host's function that throws can't tell. */
function answerOf(rule: (payload: JsonObject) => unknown, payload: JsonObject): unknown {
  try {
    return rule(payload);
  } catch {
    return undefined;
  }
}

function nearest(field: string, around: readonly JsonObject[]): JsonValue | undefined {
  return around.findLast((object) => Object.hasOwn(object, field))?.[field];
}
