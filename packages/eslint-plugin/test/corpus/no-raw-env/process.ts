// ---- a-name-known-only-at-run-time
export function requireVariable(name: string): string {
  const value = process.env[name] // expect: variable
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

// ---- a-name-made-of-parts
export const passwordFor = (service: string) =>
  process.env[`${service.toUpperCase()}_PASSWORD`] as string // expect: variable

// ---- a-test-around-it.js
const isNode = typeof process !== 'undefined' && process.versions != null
const key = isNode ? process.env.ALGOLIA_ADMIN_KEY : undefined // expect: variable

module.exports = { key }

// ---- whether-there-is-a-process
export const isNode =
  typeof process !== 'undefined' && process.versions?.node !== undefined && Boolean(process)

// ---- a-variable-in-brackets
export const databaseUrl = process.env['DATABASE_URL'] // expect: variable

// ---- a-harmless-variable-destructured
const { NODE_ENV = 'development', TZ } = process.env

export { NODE_ENV, TZ }

// ---- a-variable
export function createClient() {
  const apiKey = process.env.API_KEY // expect: variable
  if (!apiKey) throw new Error('API_KEY is not set')
  return { authorization: `Bearer ${apiKey}` }
}

// ---- after-a-write
process.env.PGPASSWORD ??= 'x'

export const password = process.env.PGPASSWORD // expect: variable

// ---- destructured-twice
const {
  env: { JWT_SECRET: jwtSecret = '' }, // expect: variable
} = process

export const secret = new TextEncoder().encode(jwtSecret)

// ---- env-destructured
const { env } = process

export const smtp = { user: env.SMTP_USER, pass: env.SMTP_PASS } // expect: variable

// ---- env-in-brackets-put-together.js
const where = 'en' + 'v'
module.exports.token = process[where].GITHUB_TOKEN // expect: variable

// ---- env-in-brackets
const env = process['env']

export function signingKey() {
  return env.SIGNING_KEY // expect: variable
}

// ---- in-a-default
export function connect({ url = process.env.REDIS_URL } = {}) { // expect: variable
  return { url }
}

// ---- optional-chaining
export const token = process?.env?.SENTRY_AUTH_TOKEN // expect: variable

// ---- process-or-nothing.js
const proc = typeof process !== 'undefined' ? process : { env: {} }

export const region = proc.env.AWS_REGION // expect: variable
export const secretKey = proc.env.AWS_SECRET_ACCESS_KEY // expect: variable

// ---- an-isomorphic-test.js
const proc = typeof process !== 'undefined' ? process : undefined

export const platform = proc?.platform ?? 'browser'

// ---- reflect-of-a-variable
export const key = Reflect.get(process.env, 'MASTER_KEY') as string // expect: variable

// ---- reflect
const env = Reflect.get(process, 'env') as Record<string, string>

export const key = env.MASTER_KEY // expect: variable

// ---- the-rest-of-the-environment
const { NODE_ENV, ...others } = process.env

export const settings = { production: NODE_ENV === 'production', ...others } // expect: environment

// ---- a-harmless-variable
export const isProduction = process.env.NODE_ENV === 'production'
export const isCi = process.env['CI'] !== undefined

// ---- variables-destructured
const { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET } = process.env // expect: variable

export { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET }

// ---- whether-it-is-there
export const hasKey = 'OPENAI_API_KEY' in process.env // expect: variable

// ---- whether-a-harmless-variable-is-there
export const isCi = 'CI' in process.env || Reflect.has(process.env, 'CI')

// ---- a-harmless-variable-of-a-default
export function isDebugging(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.DEBUG !== undefined
}

// ---- a-harmless-variable-of-an-alias
import { env } from 'node:process'

export const useColor = env.NO_COLOR === undefined && env.TERM !== 'dumb'

// ---- a-method-spied-on
import { mock } from 'node:test'

export const exit = mock.method(process, 'exit', () => undefined as never)

// ---- a-variable-deleted
delete process.env.DATABASE_PASSWORD
delete process.env['API_KEY']
Reflect.deleteProperty(process.env, 'TOKEN')

// ---- a-variable-set-for-a-library
process.env.TZ = 'UTC'
process.env['NODE_NO_WARNINGS'] = '1'
Object.assign(process.env, { PGTZ: 'UTC' })

// ---- as-the-emitter-of-an-event
import { once } from 'node:events'

export const interrupted = () => once(process, 'SIGINT')

// ---- its-type
export type Environment = typeof process.env

export interface Context {
  readonly env: NodeJS.ProcessEnv
  readonly process: typeof process
}

// ---- methods-bound-to-process
const write = process.stdout.write.bind(process.stdout)
const emit = process.emit

process.emit = function (...given: unknown[]) {
  write('event\n')
  return emit.apply(process, given as never)
} as never
export const cwd = process.cwd.bind(process)

// ---- other-parts-of-process
const { argv, exitCode } = process

export const started = { argv, exitCode, pid: process.pid, memory: process.memoryUsage() }
process.on('SIGTERM', () => process.exit(0))

// ---- other-parts-of-the-module
import process, { cwd, hrtime } from 'node:process'

export const where = cwd()
export const since = hrtime.bigint()
process.stdout.write(`${where}\n`)

// ---- the-header-of-a-report
const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } }

export const isMusl = report.header.glibcVersionRuntime === undefined
