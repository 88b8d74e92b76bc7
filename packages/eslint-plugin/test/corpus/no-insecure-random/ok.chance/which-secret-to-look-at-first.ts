export function order(secretNames: string[]): string[] {
  const offset = Math.floor(Math.random() * secretNames.length)
  return [...secretNames.slice(offset), ...secretNames.slice(0, offset)]
}
