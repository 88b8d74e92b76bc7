// ---- a-map-by-api-key
const clients = new Map<string, { name: string }>()

export const clientOf = (apiKey: string) => clients.get(apiKey)

// ---- a-revoked-token.js
import { revokedTokens } from './revoked.js'

export const isRevoked = (token) => revokedTokens.includes(token)

// ---- a-set-of-keys
const apiKeys = new Set((process.env.API_KEYS ?? '').split(','))

export const isKnown = (presented: string) => apiKeys.has(presented)
