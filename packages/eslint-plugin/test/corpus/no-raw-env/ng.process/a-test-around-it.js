const isNode = typeof process !== 'undefined' && process.versions != null
const key = isNode ? process.env.ALGOLIA_ADMIN_KEY : undefined

module.exports = { key }
