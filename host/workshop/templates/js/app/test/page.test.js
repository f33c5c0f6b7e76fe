import assert from 'node:assert/strict';
import { test } from 'node:test';
import { page } from '../src/page.js';

test('the first page greets', () => {
  assert.deepEqual(page('/'), { status: 200, text: 'Hello from {{name}}!\n' });
});

test('another path is not found', () => {
  assert.equal(page('/nowhere').status, 404);
});
