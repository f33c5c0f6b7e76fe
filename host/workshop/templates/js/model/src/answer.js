// Says back what the user said last. What is thrown is the error of the `result` in WIT.
export function answer(messages) {
  const parts = messages.filter(({ role }) => role === 'user').flatMap((message) => message.parts);
  const said = parts.filter(({ tag }) => tag === 'text').at(-1);
  if (!said) throw { tag: 'invalid', val: 'no message of the user has words; send at least one' };
  return `You said: ${said.val}`;
}
