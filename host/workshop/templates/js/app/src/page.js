// The status and the text for a path.
export function page(path) {
  if (path === '' || path === '/') return { status: 200, text: 'Hello from {{name}}!\n' };
  return { status: 404, text: `there is nothing at ${path}; begin at /\n` };
}
