import { randomBytes } from 'node:crypto'

export function createApiKey(bytes: number) {
  const apiKey = randomBytes(bytes)
  return apiKey
}
