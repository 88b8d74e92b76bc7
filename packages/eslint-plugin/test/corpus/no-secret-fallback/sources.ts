// ---- a-condition-between-two-secrets
export const key = (config: { liveKey: string; apiKey: string }, live: boolean) =>
  live ? config.liveKey : config.apiKey

// ---- a-database-url-without-a-password
export const url = process.env.DATABASE_URL ?? 'postgres://localhost:5432/app'

// ---- a-failure-in-place
export const secret =
  process.env.JWT_SECRET ||
  (() => {
    throw new Error('JWT_SECRET is not set')
  })()

// ---- a-failure
function fail(message: string): never {
  throw new Error(message)
}

export const apiKey = process.env.API_KEY ?? fail('API_KEY is not set')

// ---- a-promise-that-fails
declare function loadToken(): Promise<string>

export const token = await loadToken().catch(() => undefined)

// ---- a-random-value
import { randomBytes } from 'node:crypto'

export const sessionSecret = process.env.SESSION_SECRET ?? randomBytes(32).toString('hex')

// ---- a-value-that-was-given
export function connect(options: { password?: string }, password: string) {
  return { password: options.password ?? password }
}

// ---- an-early-failure
export function adminPassword(): string {
  if (!process.env.ADMIN_PASSWORD) throw new Error('ADMIN_PASSWORD is not set')
  return process.env.ADMIN_PASSWORD
}

// ---- an-early-message
export function check(env: Record<string, string | undefined>): string {
  if (!env.API_KEY) return 'API_KEY is missing'
  return 'ok'
}

// ---- an-option-of-the-caller
export const client = (options: { apiKey?: string } = {}) => ({
  apiKey: options.apiKey ?? process.env.API_KEY,
})

// ---- another-secret
export const token = process.env.GITHUB_TOKEN ?? process.env.GH_TOKEN

// ---- another-source
import { readFile } from 'node:fs/promises'

export const password =
  process.env.DB_PASSWORD ?? (await readFile('/run/secrets/db-password', 'utf8'))

// ---- convict-without-a-default
import convict from 'convict'

export const config = convict({
  password: { format: String, default: null, env: 'DB_PASSWORD', sensitive: true, nullable: true },
})

// ---- nothing
export const apiKey = process.env.API_KEY ?? undefined
export const token = process.env.GITHUB_TOKEN || null

// ---- required-by-a-schema
import { z } from 'zod'

export const schema = z.object({
  PORT: z.coerce.number().default(3000),
  HOST: z.string().default('localhost'),
  JWT_SECRET: z.string().min(32),
  API_KEY: z.string().optional(),
})
