module.exports = {
  type: 'object',
  required: ['HMAC_SECRET'],
  properties: { HMAC_SECRET: { type: 'string', pattern: '^[0-9a-f]{32}$' } },
}
