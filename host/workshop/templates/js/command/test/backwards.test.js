import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backwards } from '../src/backwards.js';

test('words come out in the opposite order', () => {
  assert.equal(backwards(' one two  three '), 'three two one');
});

test('no words are an error that says so', () => {
  assert.throws(() => backwards(' '), { tag: 'invalid', val: /no words/ });
});
