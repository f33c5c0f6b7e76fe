// A message as the network gets it. What is thrown is the error of the `result` in WIT.
export function line(conversation, text) {
  text = text.trim();
  if (!text) throw { tag: 'invalid', val: 'there is nothing to say; send some text' };
  return `to ${conversation}: ${text}`;
}
