import { revokedTokens } from './revoked.js'

export const isRevoked = (token) => revokedTokens.includes(token)
