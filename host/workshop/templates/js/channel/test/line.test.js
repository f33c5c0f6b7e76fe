import assert from 'node:assert/strict';
import { test } from 'node:test';
import { line } from '../src/line.js';

test('a message names its conversation', () => {
  assert.equal(line('garden', ' it rains '), 'to garden: it rains');
});

test('nothing is no message', () => {
  assert.throws(() => line('garden', ' '), { tag: 'invalid', val: /nothing to say/ });
});
