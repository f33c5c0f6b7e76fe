// What is thrown is the error of the `result` in WIT.
export function backwards(words) {
  const said = words.split(/\s+/).filter(Boolean).reverse();
  if (said.length === 0) throw { tag: 'invalid', val: 'there are no words; write some behind the command' };
  return said.join(' ');
}
