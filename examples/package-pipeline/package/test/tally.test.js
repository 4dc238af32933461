import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostFrequent, tally } from '../src/tally.js';

await test('counts how often each value occurs', () => {
  assert.deepEqual(
    [...tally('banana')],
    [
      ['b', 1],
      ['a', 3],
      ['n', 2],
    ],
  );
});

await test('counts nothing where there is nothing', () => {
  assert.equal(tally([]).size, 0);
});

await test('finds what occurs most often', () => {
  assert.deepEqual(mostFrequent('banana', 2), ['a', 'n']);
});
