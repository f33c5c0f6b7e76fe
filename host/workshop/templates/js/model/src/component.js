// The model adapter `{{namespace}}:{{name}}`. This one says back what it was told; call a model's server in its place.
import { answer } from './answer.js';

export const chat = {
  complete({ messages }) {
    return {
      text: answer(messages),
      calls: [],
      used: [],
      stop: { tag: 'finished' },
      // A u64 of WIT is a BigInt here.
      usage: { input: 0n, cached: 0n, output: 0n },
      model: '{{namespace}}:{{name}}',
    };
  },
};
