// What is thrown is the error of the `result` in WIT.
export function greet(name) {
  name = name.trim();
  if (!name) throw 'the name is empty; say whom to greet';
  return `Hello, ${name}!`;
}
