// ---- a-secret-for-hashes
export const secret = process.env.TOKEN_HASH_SECRET || 'xyzzy-plugh-42' // expect: fallback

// ---- the-name-of-a-hash
export const tokenHash = process.env.TOKEN_HASH || 'sha256'

// ---- the-key-of-a-session.js
module.exports = (options) => {
  const key = options.sessionKey || 'authorize'
  return (request) => request.session[key]
}

// ---- a-text-that-a-schema-allows.js
const Joi = require('joi')
module.exports = Joi.object({
  response_type: Joi.string().valid('id_token', 'code').default('id_token'),
})
