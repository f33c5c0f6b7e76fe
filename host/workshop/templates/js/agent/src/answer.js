// Says what the recalled memories say. (Ask a model here: import `loket:model/chat`.)
export function answer(known) {
  if (known.length === 0) return 'I will remember that.';
  return ['I remember:', ...known].join('\n- ');
}

// The 256 bytes that a citation may have: 64 characters are never more.
export function excerpt(text) {
  return Array.from(text).slice(0, 64).join('');
}
