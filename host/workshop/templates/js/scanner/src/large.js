// Above so many bytes a component is worth a remark. (A u64 of WIT is a BigInt here.)
export const LARGE = 1n << 20n;

// The rule `{{name}}/large`.
export function large(size) {
  if (size <= LARGE) return [];
  return [
    {
      id: '{{name}}/large',
      severity: 'info',
      title: `it has ${size} bytes`,
      message: 'A large component takes long to compile, and more of it has to be trusted.',
      evidence: [],
      remedy: 'Build it without what it does not need.',
    },
  ];
}
