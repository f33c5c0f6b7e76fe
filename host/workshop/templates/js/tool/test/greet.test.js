import assert from 'node:assert/strict';
import { test } from 'node:test';
import { greet } from '../src/greet.js';

test('a name is greeted', () => {
  assert.equal(greet(' Ada '), 'Hello, Ada!');
});

test('an empty name is an error that says so', () => {
  assert.throws(() => greet('  '), (error) => error.includes('empty'));
});
