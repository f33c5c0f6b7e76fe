import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer } from '../src/answer.js';

const says = (role, val) => ({ role, parts: [{ tag: 'text', val }] });

test('the last words of the user are said back', () => {
  assert.equal(answer([says('user', 'one'), says('user', 'two'), says('assistant', 'three')]), 'You said: two');
});

test('who says nothing is told so', () => {
  assert.throws(() => answer([]), { tag: 'invalid', val: /no message/ });
});
