import { assertIdentifier, MAX_IDENTIFIER_LENGTH } from '../../../src/domain/shared/identifiers.js';
import { caughtWaymark } from '../../support/caught.js';

describe('an identifier', () => {
  it.each([
    ['a UUID', '0192d3c4-0000-7000-8000-000000000000'],
    ['words of any language', 'zakázka/ÄÖ 案件 №5'],
    ['an emoji, which is a pair of surrogates', 'run-🛫'],
    ['the longest', 'x'.repeat(MAX_IDENTIFIER_LENGTH)],
    ['a name that objects inherit', 'toString'],
  ])('may be %s', (_, value) => {
    expect(() => assertIdentifier(value, 'execution id')).not.toThrow();
  });

  it.each([
    ['empty', '', 'must not be empty'],
    ['too long', 'x'.repeat(MAX_IDENTIFIER_LENGTH + 1), 'at most 256'],
    ['a line break', 'a\nb', 'control characters'],
    ['NUL', 'a\u0000', 'control characters'],
    ['an escape sequence', '\u001b[31m', 'control characters'],
    ['DEL', 'a\u007f', 'control characters'],
    ['a C1 control', 'a\u0085', 'control characters'],
    ['a line separator', 'a\u2028b', 'control characters'],
    ['__proto__', '__proto__', 'reserved'],
    ['constructor', 'constructor', 'reserved'],
    ['prototype', 'prototype', 'reserved'],
    // A store keeps text as UTF-8, which has no lone surrogates: it would come back as another identifier.
    ['a lone high surrogate', 'a\ud800', 'Unicode'],
    ['a lone low surrogate', '\udc00b', 'Unicode'],
    ['a number', 5, 'must be a string'],
    ['nothing', undefined, 'must be a string'],
    ['a list', ['a'], 'must be a string'],
  ])('is refused when it is %s', async (_, value, why) => {
    const error = await caughtWaymark(() => assertIdentifier(value, 'execution id'));
    expect(error.code).toBe('WAYMARK_INVALID_ID');
    expect(error.message).toContain('execution id');
    expect(error.message).toContain(why);
  });

  it('is shown shortened, and never with its control characters', async () => {
    const error = await caughtWaymark(() => assertIdentifier(`${'y'.repeat(300)}\u001b`, 'node id'));
    expect(error.message.length).toBeLessThan(200);
    expect(error.message).not.toContain('\u001b');
  });
});
