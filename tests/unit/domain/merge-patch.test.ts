import { mergePatch } from '../../../src/domain/checkpoint/merge-patch.js';
import { type JsonObject, toJsonObject } from '../../../src/domain/shared/json.js';

describe('a merge patch', () => {
  // RFC 7396, appendix A. What is not an object at the top is put under a key, because a state always is one.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['{"k":["a","b"]}', '{"k":["c","d"]}', '{"k":["c","d"]}'],
    ['{"k":{"a":"b"}}', '{"k":["c"]}', '{"k":["c"]}'],
    ['{"k":{"a":"foo"}}', '{"k":"bar"}', '{"k":"bar"}'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['{"k":[1,2]}', '{"k":{"a":"b","c":null}}', '{"k":{"a":"b"}}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('of %s with %s gives %s', (target, patch, expected) => {
    const result = mergePatch(toJsonObject(JSON.parse(target)), toJsonObject(JSON.parse(patch)));
    expect(JSON.stringify(result)).toBe(expected);
  });

  it('keeps the identity of what it does not touch, and changes neither side', () => {
    const target = toJsonObject({ rows: [1, 2], limits: { low: 1, high: { max: 9 } } });
    const patch = toJsonObject({ limits: { low: 2 } });
    const before = JSON.stringify([target, patch]);
    const result = mergePatch(target, patch) as { rows: unknown; limits: { high: unknown } };
    expect(result.rows).toBe(target['rows']);
    expect(result.limits.high).toBe((target['limits'] as JsonObject)['high']);
    expect(JSON.stringify([target, patch])).toBe(before);
    expect([result, result.limits].every((part) => Object.isFrozen(part))).toBe(true);
  });

  it('treats __proto__ and inherited names as keys like any other', () => {
    const patch = toJsonObject(JSON.parse('{"__proto__":{"admin":true},"toString":"x"}'));
    const result = mergePatch(toJsonObject({ a: 1 }), patch);
    expect(JSON.stringify(result)).toBe('{"a":1,"__proto__":{"admin":true},"toString":"x"}');
    expect((result as { admin?: boolean }).admin).toBeUndefined();
    expect(JSON.stringify(mergePatch(result, toJsonObject(JSON.parse('{"__proto__":null}'))))).toBe(
      '{"a":1,"toString":"x"}',
    );
  });
});
