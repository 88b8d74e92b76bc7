let key = 'sk_live_'
key += 'RANDOM_ALNUM_24'

module.exports = { key }
