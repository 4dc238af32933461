import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plural } from '../src/plural.js';

await test('has no s for one', () => {
  assert.equal(plural(1, 'apple'), 'one apple');
});

await test('takes figures for many', () => {
  assert.equal(plural(20, 'apple'), '20 apples');
});
