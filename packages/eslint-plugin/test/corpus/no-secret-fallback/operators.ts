// ---- a-call-that-gives-it
import { getSecret } from './secrets.ts'

export const encryptionKey = (await getSecret('ENCRYPTION_KEY')) ?? 'RANDOM_HEX_64' // expect: fallback

// ---- a-constant-of-another-file
import { DEFAULT_JWT_SECRET } from './constants.ts'

export const secret = process.env.JWT_SECRET || DEFAULT_JWT_SECRET // expect: fallback

// ---- a-constant
const FALLBACK = 'not-so-secret'

export const cookieSecret = process.env.COOKIE_SECRET ?? FALLBACK // expect: fallback

// ---- a-derived-key
import { scryptSync } from 'node:crypto'

export const ENCRYPTION_KEY = scryptSync(process.env.VAULT ?? 'super-secret-key-2026', 'salt', 32) // expect: fallback

// ---- a-function-of-the-file-that-gives-it
// missed
const developmentSecret = () => ['dev', 'secret'].join('-')

export const secret = process.env.AUTH_SECRET ?? developmentSecret()

// ---- a-secret-of-a-text
import { Secret } from '../../secret.ts'

declare const password: Secret | undefined

export const used = password ?? Secret.of('postgres', 'database password') // expect: fallback

// ---- a-short-name-of-a-password
export const options = { user: process.env.DB_USER ?? 'root', pass: process.env.DB_PASS ?? 'root' } // expect: fallback

// ---- a-template
const app = 'shop'

export const clientSecret = process.env.OIDC_CLIENT_SECRET ?? `${app}-client-secret` // expect: fallback

// ---- after-another-source
export const signingKey = process.env.SIGNING_KEY ?? process.env.APP_SECRET ?? 'insecure-default' // expect: fallback

// ---- an-empty-text-of-a-setting
import config from './config.ts'

export const token = config.get('slack.token') || '' // expect: emptyFallback

// ---- an-empty-text
export const webhookSecret = process.env.WEBHOOK_SECRET ?? '' // expect: emptyFallback

// ---- an-express-session.js
const session = require('express-session')

app.use(session({ secret: process.env.COOKIE || 'supersecret', saveUninitialized: true })) // expect: fallback

// ---- as-an-argument
import jwt from 'jsonwebtoken'

export const sign = (claims: object) => jwt.sign(claims, process.env.JWT_SECRET || 'secret') // expect: fallback

// ---- assigned-with-or.js
process.env.SECRET_KEY_BASE ||= 'local' // expect: fallback

// ---- assigned
export function normalize(options: { password?: string; host?: string }) {
  options.host ??= 'localhost'
  options.password ??= 'guest' // expect: fallback
  return options
}

// ---- by-the-name-of-what-it-is-kept-in
export const sessionOptions = {
  secret: process.env.SESSION ?? 'keyboard cat', // expect: fallback
  resave: false,
}

// ---- bytes-as-the-fallback
declare const hmacSecret: Buffer | undefined

export const used = hmacSecret ?? Buffer.from('0123456789abcdef') // expect: fallback

// ---- given-to-sign-under-another-name
import jwt from 'jsonwebtoken'

export const sign = (claims: object) => jwt.sign(claims, process.env.SIGNING ?? 'local') // expect: fallback

// ---- given-to-verify.js
const jwt = require('jsonwebtoken')

module.exports = (token) => jwt.verify(token, process.env.JWT_SECRET || 'my_jwt_secret_key_2024') // expect: fallback

// ---- in-a-class
export class AdsClient {
  private readonly developerToken: string
  private readonly clientSecret: string

  constructor(env: Record<string, string | undefined>) {
    this.developerToken = env.ADS_DEVELOPER_TOKEN || 'INSERT_TOKEN_HERE' // expect: fallback
    this.clientSecret = env.ADS_CLIENT_SECRET || 'INSERT_SECRET_HERE' // expect: fallback
  }
}

// ---- in-a-database-url
export const url = process.env.DATABASE_URL ?? 'postgres://postgres:postgres@localhost:5432/app' // expect: fallback

// ---- in-a-field
export class Mailer {
  readonly #apiKey = process.env.SENDGRID_API_KEY ?? 'SG.test' // expect: fallback

  headers() {
    return { authorization: `Bearer ${this.#apiKey}` }
  }
}

// ---- in-a-header.js
const headers = { Authorization: `Bearer ${process.env.ADMIN_TOKEN || 'letmein'}` } // expect: fallback

module.exports = headers

// ---- made-into-bytes
export const key = new TextEncoder().encode(process.env.AUTH_SECRET ?? 'development') // expect: fallback

// ---- made-into-text.js
const configured = String(process.env.ADMIN_SESSION_SECRET || process.env.JWT_SECRET || '').trim() // expect: emptyFallback

module.exports = { configured }

// ---- of-a-command-line.js
const option = (flag, fallback) => process.argv[process.argv.indexOf(flag) + 1] ?? fallback

module.exports = { token: option('--token', process.env.OPS_TOKEN ?? '') } // expect: emptyFallback

// ---- of-a-function
export function getJwtSecret(): string {
  return process.env.JWT_SIGNING ?? 'unsafe-jwt-secret' // expect: fallback
}

// ---- of-a-new-user
import bcrypt from 'bcrypt'

export const hashed = (dto: { password?: string }) => bcrypt.hash(dto.password || '123456', 10) // expect: fallback

// ---- of-a-property
import type { Config } from './config.ts'

export const connect = (config: Config) => ({
  host: config.host,
  password: config.password || 'postgres', // expect: fallback
})

// ---- of-a-variable
export const apiKey = process.env.API_KEY ?? 'changeme' // expect: fallback

// ---- only-in-development
export const secret =
  process.env.AUTH_SECRET ||
  (process.env.NODE_ENV === 'production' ? undefined : 'development-only') // expect: fallback

// ---- or
export const jwtSecret = process.env['JWT_SECRET'] || 'dev-secret' // expect: fallback

// ---- padded.js
const encryptionKey = Buffer.from((process.env.CRYPT || 'local').padEnd(32).slice(0, 32)) // expect: fallback

module.exports = { encryptionKey }

// ---- seeded-passwords
export const seedPasswords = {
  admin: process.env.SEED_ADMIN_PASSWORD ?? 'admin123', // expect: fallback
  alice: process.env.SEED_ALICE_PASSWORD ?? 'alice123', // expect: fallback
}

// ---- the-defaults-of-another-file
import { defaults } from './defaults.ts'

export const dbPassword = process.env.DB_PASSWORD ?? defaults.dbPassword // expect: fallback

// ---- trimmed
export const secret = process.env.TELEGRAM_WEBHOOK_SECRET?.trim() || 'telegram' // expect: fallback

// ---- behind-a-secret-and-a-url.js
const material = process.env.COOKIE_SECRET || process.env.REDIS_URL || 'local' // expect: fallback

module.exports = { material }

// ---- behind-a-url-alone.js
const address = process.env.HOST || process.env.REDIS_URL || 'redis://127.0.0.1:6379'

module.exports = { address }

// ---- a-switch-in-upper-case.js
export const requirePassword = process.env.REQUIRE_PASSWORD ?? 'FALSE'
export const secret = process.env.SECRET ?? 'OFF'
