import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LARGE, large } from '../src/large.js';

test('a large component is remarked and a small one is not', () => {
  assert.match(large(LARGE + 1n)[0].title, /1048577/);
  assert.deepEqual(large(LARGE), []);
});
