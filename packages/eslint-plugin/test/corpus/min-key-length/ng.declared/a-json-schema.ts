export const schema = {
  type: 'object',
  properties: { dbPassword: { type: 'string', minLength: 8 }, port: { type: 'integer' } },
}
