import { leftSizeOf, powerOfTwoUpTo } from '../../../../src/domain/audit/integrity/subtree-hashes.js';

describe('the largest power of two up to a number', () => {
  it('is exact beside every power that a number can hold', () => {
    for (let exponent = 2; exponent <= 52; exponent += 1) {
      const power = 2 ** exponent;
      expect([power - 1, power, power + 1].map(powerOfTwoUpTo)).toStrictEqual([power / 2, power, power]);
      expect([power - 1, power, power + 1].map(leftSizeOf)).toStrictEqual([power / 2, power / 2, power]);
    }
    expect(powerOfTwoUpTo(Number.MAX_SAFE_INTEGER)).toBe(2 ** 52);
  });
});
