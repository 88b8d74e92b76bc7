export function expect(token = ';') {
  return (found: string) => found === token
}
