export const spec = {
  kind: 'api-key',
  rule: 'at least 31 random characters',
  minLength: 31,
  parse: (text: string) => text,
}
