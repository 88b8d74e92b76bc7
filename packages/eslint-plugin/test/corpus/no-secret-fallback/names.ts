// ---- a-fallback-inside-a-call
export const token = (input: string | undefined, parse: (text: string) => string) =>
  parse(input ?? 'start')

// ---- a-header-for-a-key
declare const options: { apiKeyHeader?: string; tokenPrefix?: string }

export const header = options.apiKeyHeader ?? 'x-api-key'
export const prefix = options.tokenPrefix || 'Bearer'

// ---- a-lifetime
export const lifetime = process.env.TOKEN_TTL ?? '15m'
export const algorithm = process.env.JWT_ALGORITHM ?? 'ES256'

// ---- a-name-of-a-secret
export const name = (options: { secretName?: string }) => options.secretName ?? 'app/database'

// ---- a-path-of-a-key
export const keyPath = process.env.TLS_KEY_PATH ?? '/etc/tls/tls.key'
export const keyFile = process.env.PRIVATE_KEY_FILE || './key.pem'

// ---- a-port
export const port = process.env.PORT ?? '3000'
export const host = process.env.HOST || 'localhost'

// ---- a-public-key
export const publicKey = process.env.STRIPE_PUBLISHABLE_KEY ?? 'pk_test_123'

// ---- a-type-of-token
export const header = (grant: { tokenType?: string; token: string }) =>
  `${grant.tokenType ?? 'Bearer'} ${grant.token}`

// ---- an-endpoint
const { tokenEndpoint = 'https://id.example.com/token' } = {} as Record<string, string>

export { tokenEndpoint }

// ---- hashes
export const passwordHash = (user: { passwordHash?: string }) => user.passwordHash ?? '-'

// ---- where-the-secrets-are
export const place = (env: Record<string, string | undefined>) => env['APP_SECRETS'] ?? 'env'
export const mode = ({ withCredentials = 'same-origin' }) => withCredentials

// ---- a-name-in-one-word.js
const merge = require('deepmerge')

module.exports = (given) => merge({ cookiename: 'sid', cookiesecret: 'monkey' }, given) // expect: fallback

// ---- a-name-in-one-word-of-no-secret.js
const merge = require('deepmerge')

module.exports = (given) => merge({ cookiename: 'sid', cookiesecretname: 'monkey' }, given)
