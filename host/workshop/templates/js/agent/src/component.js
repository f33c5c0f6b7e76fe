// The agent `{{namespace}}:{{name}}`: one event in, one reply out, in a fresh instance each time. What it knows is in its memory.
import { recall, remember } from 'loket:brain/memory@0.1.0';
import { answer, excerpt } from './answer.js';

export const handler = {
  handle({ occasion }) {
    // Timers and what else may happen: there is nobody to answer.
    if (occasion.tag !== 'message') return { text: '', used: [], learned: [] };
    const { text, conversation } = occasion.val;
    const known = recall({ text, kinds: [], tags: [], without: {}, around: 0, limit: 3 });
    const learned = remember({ kind: 'episode', text, tags: [], conversation, steps: [] });
    return {
      text: answer(known.map((hit) => hit.entry.text)),
      used: known.map(({ entry }) => ({ id: entry.id, excerpt: excerpt(entry.text), written: entry.written })),
      learned: [learned],
    };
  },
};
