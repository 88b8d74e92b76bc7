module.exports = {
  type: 'object',
  properties: { name: { type: 'string', minLength: 1 }, slug: { type: 'string', minLength: 3 } },
}
