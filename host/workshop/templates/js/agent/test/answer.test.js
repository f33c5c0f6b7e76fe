import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, excerpt } from '../src/answer.js';

test('without memories it says that it will remember', () => {
  assert.equal(answer([]), 'I will remember that.');
});

test('memories are told one a line', () => {
  assert.equal(answer(['tea', 'for two']), 'I remember:\n- tea\n- for two');
});

test('an excerpt has at most 256 bytes', () => {
  assert.equal(Buffer.byteLength(excerpt('🦀'.repeat(100))), 256);
});
