// ---- a-list-of-keys-includes
const apiKeys = (process.env.API_KEYS ?? '').split(',')

export function isKnown(request: Request): boolean {
  return apiKeys.includes(request.headers.get('x-api-key') ?? '') // expect: nameCompared
}

// ---- a-loop-over-secrets
import { clientSecrets } from './clients.ts'

export function isClient(presented: string): boolean {
  for (const one of clientSecrets) {
    if (one === presented) return true // expect: nameCompared
  }
  return false
}

// ---- a-user-found-by-token.js
const users = require('./users.json')

module.exports = (req, res, next) => {
  const user = users.find((u) => u.token === req.query.token) // expect: nameCompared
  if (!user) return res.sendStatus(401)
  req.user = user
  next()
}

// ---- find-among-keys
import { loadKeys } from './keys.ts'

const apiKeys: string[] = await loadKeys()

export const find = (key: string) => apiKeys.find((k) => k === key) // expect: nameCompared

// ---- index-of-in-a-list-of-tokens.js
import { validTokens } from './tokens.js'

export const isValid = (token) => validTokens.indexOf(token) > -1 // expect: nameCompared

// ---- service-keys-of-a-config.js
import config from './config.js'

export const isService = (req) => config.serviceKeys.includes(req.get('x-service-key')) // expect: nameCompared

// ---- allowed-keys-of-a-body.js
import { allowedKeys } from './fields.js'

export const unknownFields = (req) =>
  Object.keys(req.body).filter((key) => !allowedKeys.includes(key))

// ---- names-of-settings.js
const BARE_AUTH_KEYS = ['_auth', '_authToken', 'username']
const AUTH_VALUE_KEYS = [...BARE_AUTH_KEYS, '_password']

export const isAuthKey = (key) => BARE_AUTH_KEYS.includes(key)
export const isAuthValue = (key) => AUTH_VALUE_KEYS.some((one) => one === key || key.endsWith(one))
