// ---- a-constant
export const API_KEY = 'RANDOM_HEX_32' // expect: namedSecret

// ---- a-digit-password.js
const defaults = { username: 'demo', password: '123456' } // expect: namedSecret

module.exports = { defaults }

// ---- a-drawn-password
export const options = { username: 'assistant', password: 'RANDOM_ALNUM_40' } // expect: namedSecret

// ---- a-field
export class Client {
  private readonly apiKey = 'RANDOM_HEX_40' // expect: namedSecret

  headers() {
    return { 'x-key': this.apiKey }
  }
}

// ---- a-key-only-made-of-words
// missed
export const signingSecret = 'prism-development-secret-key'

// ---- a-key-that-counts-its-characters.js
const encryptionKey = 'SHOP_SECRET_KEY_2025_32CHARS!!' // expect: namedSecret

module.exports = { encryptionKey }

// ---- a-login-that-is-compared
export function login(username: string, password: string): boolean {
  return username === 'admin' && password === 'shoppassadmin' // expect: namedSecret
}

// ---- a-login-with-a-well-known-password.js
form.addEventListener('submit', () => {
  if (email.value === 'test@example.com' && password.value === 'password') location = '/admin' // expect: namedSecret
})

// ---- a-passphrase-of-words
export const passphrase = 'correct-horse-battery-staple' // expect: namedSecret

// ---- a-password-of-a-person
export const account = { user: 'ops', password: 'Tr0ub4dor&3' } // expect: namedSecret

// ---- a-password-with-digits.js
const password = 'hunter2' // expect: namedSecret

module.exports = { password }

// ---- a-private-field
export class Client {
  static #signingSecret = 'RANDOM_BASE64URL_43' // expect: namedSecret

  static sign = (text: string) => text + Client.#signingSecret
}

// ---- a-property
export const config = {
  clientId: 'shop',
  clientSecret: 'RANDOM_ALNUM_40', // expect: namedSecret
}

// ---- a-secret-in-portuguese.js
const CLIENT_API_KEY = 'NOSSA_CHAVE_SECRETA_BEM_FORTE_123456' // expect: namedSecret

module.exports = { CLIENT_API_KEY }

// ---- a-short-key
export const API_KEY = 'qR7.RANDOM_DIGITS_6Zx' // expect: namedSecret

// ---- a-short-password
export const dbPassword = 'Summer-RANDOM_DIGITS_4!' // expect: namedSecret

// ---- a-token
export const token = 'RANDOM_BASE64URL_43' // expect: namedSecret

// ---- a-uuid
export const apiKey = 'RANDOM_HEX_8-RANDOM_HEX_4-4RANDOM_HEX_3-aRANDOM_HEX_3-RANDOM_HEX_12' // expect: namedSecret

// ---- a-version-of-a-secret
export const secretVersion = 'RANDOM_HEX_8-RANDOM_HEX_4-4RANDOM_HEX_3-aRANDOM_HEX_3-RANDOM_HEX_12'
export const apiKeyId = 'RANDOM_ALNUM_20'

// ---- a-well-known-word
export const jwtSecret = 'supersecret' // expect: namedSecret

// ---- an-api-key-with-a-prefix.js
const images = () =>
  fetch('https://api.example.com/v1/images', {
    headers: { 'x-api-key': 'live_RANDOM_ALNUM_64' }, // expect: namedSecret
  })
module.exports = { images }

// ---- assigned.js
process.env.JWT_SECRET = 'RANDOM_HEX_64' // expect: namedSecret

// ---- compared-with-a-header.js
app.use((req, res, next) => {
  if (req.headers['x-api-key'] !== 'RANDOM_ALNUM_40') return res.sendStatus(401) // expect: namedSecret
  next()
})

// ---- compared
export const isAdmin = (user: string, password: string) =>
  user === 'admin' && password === 'Pa55w0rd!' // expect: namedSecret

// ---- in-a-connection-string
export const storage =
  'DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=RANDOM_BASE64_64;EndpointSuffix=core.windows.net' // expect: secretInText

// ---- in-a-list
export const apiKeys = ['RANDOM_HEX_32', 'RANDOM_HEX_32'] // expect: namedSecret

// ---- in-a-nested-object
export const firebaseAdmin = {
  credential: { projectId: 'shop', privateKey: 'RANDOM_BASE64_96' }, // expect: namedSecret
}

// ---- in-a-process-file.js
module.exports = {
  apps: [{ name: 'shop', script: 'index.js', env: { PORT: 3001, JWT_SECRET: 'RANDOM_HEX_64' } }], // expect: namedSecret
}

// ---- in-a-query
export const weather = (city: string) =>
  fetch(`https://api.example.com/data?q=${city}&appid=RANDOM_HEX_32`) // expect: secretInText

// ---- in-a-sql-server-string.js
module.exports.connection = 'Server=db,1433;Database=shop;User Id=sa;Password=Str0ng!Passw0rd;' // expect: secretInText

// ---- in-brackets.js
const settings = {}
settings['encryption-key'] = 'RANDOM_BASE64_32' // expect: namedSecret
module.exports = settings

// ---- in-jsx-props.js
export const props = { 'data-token': 'RANDOM_BASE64URL_43' } // expect: namedSecret

// ---- initial-values-of-a-form.js
import { useState } from 'react'

export const useLogin = () => useState({ email: 'admin@example.com', password: 'Admin123!' }) // expect: namedSecret

// ---- of-a-function.js
function getApiKey() {
  return 'RANDOM_ALNUM_40' // expect: namedSecret
}

module.exports = { getApiKey }

// ---- of-several-customers
export const secrets: Record<string, string> = {
  acme: 'RANDOM_BASE64URL_43', // expect: namedSecret
  globex: 'RANDOM_BASE64URL_43', // expect: namedSecret
}

// ---- a-cursor
export const nextPageToken = 'page-2'
export const continuationToken = 'start'

// ---- a-key-of-local-storage
export const TOKEN = 'token'
export const ACCESS_TOKEN = 'access_token_v2'
export const titleToken = 'Jobs'

// ---- a-namespace-of-a-service
export const AccessToken = ['com.amazonaws.ssooidc', 'access_token', 8] as const

// ---- a-place-in-a-config
export default { app: { port: 3000, secret: 'shop.shared__CHANGE_ME__' } }

// ---- a-public-token
export const publicKey = 'RANDOM_BASE64_32'
export const publicToken = 'pk.RANDOM_BASE64URL_60'

// ---- a-sentence-as-a-token
export const token = 'A random string that is non zero length'

// ---- a-state-of-a-form
export const isShown = (errors: { password?: string }, touched: { password?: string }) =>
  errors.password === 'required' || touched.password === 'changed'

// ---- algorithms
export const algorithms = { token: 'HS256', secret: 'aes-256-gcm', password: 'pbkdf2_sha256' }

// ---- an-enum
export enum Credential {
  Password = 'password',
  ApiKey = 'api-key-v2',
  ClientSecret = 'client_secret_basic',
}

// ---- commands
export const commands = {
  password: 'gcloud auth print-access-token',
  token: 'vault kv get -field=token secret/shop1',
  secret: 'kubectl get secret db -o jsonpath={.data.password}',
}

// ---- compared-with-words
export const kindOf = (token: string, password: string) => {
  if (token === 'EOF' || token === 'bearer') return 'end'
  return password === '' ? 'empty' : 'given'
}

// ---- credentials-of-fetch
export const load = (url: string) => fetch(url, { credentials: 'same-origin', mode: 'cors' })

// ---- design-tokens
export const styles = {
  token: 'color.background.brand.bold.2',
  secret: 'var(--space-200)',
  password: '#password-field1',
}

// ---- empty-or-unknown
export const initial = { password: '', token: 'undefined', secret: 'null', apiKey: 'none' }

// ---- errors-of-a-form
export function validate(values: Record<string, string>) {
  const errors: Record<string, string> = {}
  if (!values['password']) errors['password'] = 'Senha não pode ser vazia!'
  if (!values['token']) errors['token'] = 'Invalid2FA'
  return errors
}

// ---- formats
export const patterns = {
  password: '^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{12,}$',
  token: '%s-%d',
  secret: 'hex:32',
}

// ---- grants
export const GRANTS = {
  token: 'urn:ietf:params:oauth:grant-type:token-exchange',
  jwt: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
}
export const grantType = { grant_type: 'password', response_type: 'token' }

// ---- keys-of-storage
const TOKEN_KEY = 'shop.auth.token'
const accessToken = 'shop-access-token-v1'

export const read = () => [localStorage.getItem(TOKEN_KEY), localStorage.getItem(accessToken)]

// ---- keys-of-translations
export const keys = { password: 'login:form.password2.label', token: 'errors.auth.token_401' }

// ---- messages
export const errors = {
  password: 'Must be at least 12 characters long and contain 1 digit',
  token: 'E1001: The token has expired',
}

// ---- names-of-fields
export const mapping = { password_field: 'password2', token_json_path: '$.access_token' }

// ---- of-a-secret-in-a-store
export const source = {
  secret: 'projects/shop-prod-1234/secrets/db-password/versions/latest',
  password: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/db-AbCdEf',
  token: 'secret/data/shop#token',
}

// ---- of-environment-variables
export const NAMES = { password: 'DB_PASSWORD', apiKey: 'STRIPE_API_KEY', secret: 'JWT_SECRET' }

// ---- of-fields
export const FIELDS = { password: 'password', token: 'access_token', secret: 'client_secret' }

// ---- of-headers
export const API_KEY = 'x-api-key'
export const HEADERS = { token: 'X-Auth-Token', secret: 'x-webhook-secret-v2' }

// ---- paths
export const files = {
  password: '/run/secrets/postgres-password-2024',
  privateKey: './certs/server-key-v2.pem',
  token: 'C:\\secrets\\token2.txt',
}

// ---- placeholders
export const config = {
  password: 'changeme',
  apiKey: 'YOUR_API_KEY',
  token: '<your-token-here>',
  clientSecret: 'xxxxxxxxxxxxxxxxxxxxxxxx',
  secret: 'replace-me-with-32-random-bytes',
  jwtSecret: 'REPLACE_WITH_OUTPUT_OF_OPENSSL_RAND',
}

// ---- references
export const values = {
  password: 'op://shop/database/password',
  apiKey: '${API_KEY}',
  token: '{{ .Values.github.token }}',
  secret: '%CLIENT_SECRET%',
  passphrase: 'ENC[AES256_GCM,data:RANDOM_BASE64_24,iv:RANDOM_BASE64_12]',
}

// ---- selectors.js
const password = document.querySelector('#login-form1 input[name="password"]')
const token = $('meta[name="csrf-token2"]')

module.exports = { password, token }

// ---- tags-of-a-union
export type Token =
  | { readonly kind: 'secret'; readonly secret: 'api-key' }
  | { readonly kind: 'token'; readonly token: 'bearer' }

export const token: Token = { kind: 'token', token: 'bearer' }

// ---- texts-in-other-languages
export const es = { password: 'Contraseña', newPassword: 'Nueva contraseña*', token: 'Código' }

// ---- tokens-of-a-parser
export const tokens = [
  { token: 'IDENTIFIER2', text: 'a' },
  { token: '=>', text: '=>' },
  { token: 'template0literal', text: '`' },
]

// ---- translations
export const en = {
  password: 'Password',
  newPassword: 'Enter a new password (8+ characters)',
  token: 'Token2Go',
  'login.password': 'Your password must have 1 digit.',
  secret: 'Geheimnis',
}

// ---- types-of-inputs
export const field = { type: 'password', name: 'password', autoComplete: 'current-password' }

// ---- an-object-identifier
const pkcs9 = '1.2.840.113549.1.9.25'

export const attributes = { pkcs15Token: `${pkcs9}.1` }
