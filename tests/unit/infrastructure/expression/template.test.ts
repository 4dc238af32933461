import fc from 'fast-check';
import { CelExpressionEvaluator } from '../../../../src/infrastructure/expression/cel-expression-evaluator.js';
import { parseTemplate } from '../../../../src/infrastructure/expression/template.js';
import { fillText, fillValue } from '../../../../src/infrastructure/steps/step-text.js';
import type { JsonObject, JsonValue } from '../../../../src/domain/shared/json.js';

const evaluator = new CelExpressionEvaluator();

function filled(text: string, state: JsonObject = {}): JsonValue {
  return fillValue(parseTemplate(text).parts, { evaluator, scope: { state }, secrets: { KEY: 'k' } });
}

describe('a text with templates', () => {
  it.each<[string, JsonValue]>([
    ['no template', 'no template'],
    ['${{ state.n }}', 2],
    ['${{state.n}}', 2],
    [' ${{ state.n }}', ' 2'],
    ['${{ state.list }}', ['a']],
    ['${{ state.list }}${{ state.n }}', '["a"]2'],
    ['a ${{ state.nothing }} b', 'a  b'],
    ['${{ {"a": {"b": state.n}} }}', { a: { b: 2 } }],
    ['${{ "}}" + state.text }}', '}}x'],
    ["${{ '\\'}}' }}", "'}}"],
    ['$${{ state.n }}', '${{ state.n }}'],
    ['${ state.n } {{ state.n }}', '${ state.n } {{ state.n }}'],
    ['${{ secrets.KEY }}!', 'k!'],
    ['', ''],
  ])('%s', (text, value) => {
    expect(parseTemplate(text).problems).toStrictEqual([]);
    expect(filled(text, { n: 2, list: ['a'], nothing: null, text: 'x' })).toStrictEqual(value);
  });

  it('never evaluates what a value holds', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const text = `\${{ state.value }}\${{ "}}" }}${value}`;
        const state = { value: `\${{ state.other }}${value}` };
        expect(filled('a${{ state.value }}', state)).toBe(`a${state.value}`);
        expect(text.length).toBeGreaterThan(0);
      }),
    );
  });

  it('is what it was put together from, for any texts around its templates', () => {
    const plain = fc.string().filter((text) => !text.includes('$') && !text.includes('{'));
    fc.assert(
      fc.property(fc.array(fc.tuple(plain, fc.integer({ min: 0, max: 99 })), { maxLength: 5 }), plain, (pairs, end) => {
        const text = `${pairs.map(([before, n]) => `${before}\${{ ${n} }}`).join('')}${end}`;
        const { parts, problems } = parseTemplate(text);
        expect(problems).toStrictEqual([]);
        const expected = `${pairs.map(([before, n]) => `${before}${n}`).join('')}${end}`;
        expect(fillText(parts, { evaluator, scope: {}, secrets: {} })).toBe(expected);
      }),
    );
  });

  it('says where a template is wrong', () => {
    expect(parseTemplate('abc ${{ state.x').problems).toStrictEqual([
      { message: 'a ${{ is not closed with }}', offset: 4 },
    ]);
    expect(parseTemplate('abc ${{ }} d').problems).toStrictEqual([{ message: 'a ${{ }} is empty', offset: 4 }]);
  });
});
