// ---- a-colour
export const color = `#${Math.floor(Math.random() * 0xffffff).toString(16)}`

// ---- a-key-of-a-pool
const API_KEYS = (process.env.API_KEYS ?? '').split(',')

export function nextApiKey(): string | undefined {
  const apiKey = API_KEYS[Math.floor(Math.random() * API_KEYS.length)]
  return apiKey
}

// ---- a-shuffled-list
export function shuffle<T>(items: T[]): T[] {
  return [...items].sort(() => Math.random() - 0.5)
}

// ---- jitter-before-a-token-is-renewed
export function renewAt(tokenTtlMs: number): number {
  const tokenRenewalDelay = tokenTtlMs * (0.7 + Math.random() * 0.2)
  return Date.now() + tokenRenewalDelay
}

// ---- jitter
export async function retry(work: () => Promise<void>, baseMs: number) {
  const delayMs = baseMs * (0.5 + Math.random() / 2)
  await new Promise((resolve) => setTimeout(resolve, delayMs))
  await work()
}

// ---- one-of-several-tokens.js
import { sample } from 'lodash'

export const pickToken = (tokens) => {
  const token = sample(tokens)
  return token
}

// ---- one-or-the-other
import { secret } from '../../secret.ts'

export function keyForTrial(trialKey: string): string {
  const apiKey = Math.random() < 0.5 ? trialKey : secret.expose()
  return apiKey
}

// ---- sampling.js
const SAMPLE_RATE = 0.01

module.exports = (req, res, next) => {
  if (Math.random() < SAMPLE_RATE) req.trace = true
  next()
}

// ---- which-secret-to-look-at-first
export function order(secretNames: string[]): string[] {
  const offset = Math.floor(Math.random() * secretNames.length)
  return [...secretNames.slice(offset), ...secretNames.slice(0, offset)]
}
