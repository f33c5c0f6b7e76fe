// The slash command `{{namespace}}:{{name}}`: `/{{name}} words` says the words backwards.
import { backwards } from './backwards.js';

export const commander = {
  describe() {
    const words = { name: 'words', summary: 'What to say.', kind: { tag: 'rest' }, need: 'required' };
    return [{ name: '{{name}}', summary: 'Say words in the opposite order.', parameters: [words] }];
  },
  run(order) {
    const words = order.arguments.find(({ name }) => name === 'words');
    return { text: backwards(words?.value ?? ''), onward: { tag: 'same' } };
  },
  // Nobody can say which words somebody else means.
  complete() {
    return [];
  },
};
