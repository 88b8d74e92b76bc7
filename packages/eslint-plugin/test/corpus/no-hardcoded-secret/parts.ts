// ---- a-concatenation
export const apiKey = 'RANDOM_HEX_16' + 'RANDOM_HEX_16' // expect: namedSecret

// ---- a-template
const prefix = 'glpat'

export const remote = `${prefix}-RANDOM_BASE64URL_20` // expect: knownFormat

// ---- a-token-in-two-constants
const head = 'ghp_'
const tail = 'RANDOM_ALNUM_36'

export const pat = head + tail // expect: knownFormat

// ---- added-to.js
let key = 'sk_live_'
key += 'RANDOM_ALNUM_24' // expect: knownFormat

module.exports = { key }

// ---- base64-of-a-word.js
const secret = atob('c3VwZXJzZWNyZXQxMjM=') // expect: namedSecret

module.exports = { secret } // expect: namedSecret

// ---- base64
export const password = Buffer.from('RANDOM_BASE64_32', 'base64').toString() // expect: namedSecret

// ---- base64-of-a-text
export const token = Buffer.from('eyJwYWdlIjoyfQ', 'base64').toString()
export const shown = btoa('client_id')

// ---- bytes-of-numbers
// missed
export const signingKey = new Uint8Array([
  201, 7, 88, 143, 12, 250, 99, 31, 66, 180, 5, 217, 130, 44, 171, 8, 92, 203, 17, 240, 61, 118,
  150, 3, 229, 84, 19, 187, 106, 35, 254, 72,
])

// ---- bytes
export const masterKey = Buffer.from('RANDOM_HEX_64', 'hex') // expect: namedSecret

// ---- concat.js
module.exports.npmToken = 'npm_'.concat('RANDOM_ALNUM_36') // expect: knownFormat

// ---- encoded-for-a-url.js
const connection = 'postgresql://app:' + encodeURIComponent('RANDOM_ALNUM_16') + '@db:5432/app' // expect: passwordInUrl

module.exports = { connection }

// ---- joined
export const accessToken = ['RANDOM_ALNUM_12', 'RANDOM_ALNUM_12', 'RANDOM_ALNUM_12'].join('') // expect: namedSecret

// ---- reversed.js
const clientSecret = 'RANDOM_ALNUM_40'.split('').reverse().join('') // expect: namedSecret

module.exports = { clientSecret } // expect: namedSecret

// ---- a-random-suffix.js
const token = 'tok_' + crypto.randomUUID()
const apiKey = ['key', Date.now().toString(36), Math.random().toString(36)].join('_')

module.exports = { token, apiKey }

// ---- a-text-in-parts
const noun = 'password'

export const password = 'Enter your ' + noun + ' (12 characters)'
