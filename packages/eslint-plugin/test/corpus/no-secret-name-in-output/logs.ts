// ---- a-bearer-made-here
export async function call(apiToken: string) {
  const headers = { authorization: `Bearer ${apiToken}` }
  console.log('request', { headers }) // expect: suspiciousName
}

// ---- a-connection-string-in-snake-case
declare const connection_string: string
console.log(`connecting to ${connection_string}`) // expect: suspiciousName

// ---- a-hashed-password
declare const user: { passwordHash: string; hashed_password: string }
console.log(user.passwordHash, user.hashed_password)

// ---- a-destructured-variable-of-the-environment.js
const { STRIPE_SECRET_KEY, PORT } = process.env
console.log(`port ${PORT}, stripe ${STRIPE_SECRET_KEY}`) // expect: suspiciousName

// ---- a-generated-password
import { randomBytes } from 'node:crypto'
const initialPassword = randomBytes(12).toString('base64url')
console.log(`the password of the first user is ${initialPassword}`) // expect: suspiciousName

// ---- a-getter
declare const config: { getApiKey(): string }
console.info('using', config.getApiKey()) // expect: suspiciousName

// ---- a-header
import type { IncomingMessage } from 'node:http'
export const trace = (request: IncomingMessage) => console.log(request.headers.authorization) // expect: suspiciousName

// ---- some-headers
import type { Request } from 'express'
export const trace = (req: Request) => console.log(req.headers['user-agent'], req.headers.host)

// ---- a-login-form
export class LoginComponent {
  username = ''
  password = ''
  onSubmit() {
    console.log('Username:', this.username)
    console.log('Password:', this.password) // expect: suspiciousName
  }
}

// ---- a-password-of-a-request
import type { Request } from 'express'
export function login(req: Request) {
  console.log('login', req.body.username, req.body.password) // expect: suspiciousName
}

// ---- a-private-key-from-a-file
import { readFileSync } from 'node:fs'
const privateKey = readFileSync('key.pem', 'utf8')
console.log('loaded', privateKey) // expect: suspiciousName

// ---- a-refresh-token-in-a-debug-line
import createDebug from 'debug'
const trace = createDebug('oauth')
export function refresh(session: { refreshToken: string }) {
  trace('refreshing with %s', session.refreshToken) // expect: suspiciousName
}

// ---- a-reset-link.js
import { randomBytes } from 'node:crypto'
export async function forgot(user, mailer) {
  const resetToken = randomBytes(32).toString('hex')
  const link = `https://example.com/reset?token=${resetToken}`
  console.log(`reset link for ${user.email}: ${link}`) // expect: suspiciousName
  await mailer.send(user.email, link)
}

// ---- a-session-of-an-oauth-client
import pino from 'pino'
const log = pino()
export async function exchange(code: string, client: { token(code: string): Promise<any> }) {
  const { access_token, refresh_token, expires_in } = await client.token(code)
  log.debug({ access_token, refresh_token, expires_in }, 'tokens') // expect: suspiciousName
  return { accessToken: access_token, refreshToken: refresh_token }
}

// ---- a-token-in-an-object.js
import pino from 'pino'
const logger = pino()
export const issued = (user, accessToken) => logger.info({ user, accessToken }, 'issued') // expect: suspiciousName

// ---- a-url-with-a-key.js
export async function load(city, apiKey) {
  const url = `https://example.com/weather?q=${city}&appid=${apiKey}` // expect: suspiciousName
  console.log('GET', url) // expect: suspiciousName
  return fetch(url)
}

// ---- a-variable-of-the-environment
import winston from 'winston'
const audit = winston.createLogger()
audit.info(`connecting to ${process.env['DATABASE_URL']}`) // expect: suspiciousName

// ---- all-headers
import express from 'express'
const app = express()
app.use((req, res, next) => {
  console.log(req.method, req.url, req.headers) // expect: suspiciousName
  next()
})

// ---- an-axios-interceptor.js
import axios from 'axios'
const client = axios.create()
client.interceptors.request.use((config) => {
  console.log('request', config.method, config.url, config.headers.Authorization) // expect: suspiciousName
  return config
})

// ---- an-axios-interceptor-clean.js
import axios from 'axios'
const client = axios.create()
client.interceptors.response.use((response) => {
  console.log('response', response.status, response.config.url, response.headers['content-length'])
  return response
})

// ---- credentials-of-a-cloud.js
export async function check(provider) {
  const credentials = await provider.resolve()
  console.log({ credentials }) // expect: suspiciousName
}

// ---- renamed-by-a-pattern-of-a-parameter.js
export function show({ account: { apiKey: shown } }) {
  console.log(shown) // expect: suspiciousName
}

// ---- renamed-by-a-pattern
export function signIn(user: { name: string; password: string }) {
  const { password: typed } = user
  console.log('sign in', typed) // expect: suspiciousName
}

// ---- a-fact-about-what-a-pattern-renames
export function signIn(user: { name: string; password: string; passwordHash: string }) {
  const { password: typed, passwordHash: kept } = user
  console.log('sign in', typed.length, kept)
}

// ---- the-cookie-of-a-request.js
export function trace(req) {
  console.log('session', req.headers['cookie']) // expect: suspiciousName
  console.log(req.cookies) // expect: suspiciousName
}

// ---- headers-without-the-authorization.js
export const trace = (req) => console.log({ ...req.headers, authorization: undefined })

// ---- the-environment-as-json
import { writeFileSync } from 'node:fs'
writeFileSync('env.json', '{}')
console.debug(JSON.stringify(process.env, null, 2)) // expect: suspiciousName

// ---- the-environment.js
console.log('starting with', process.env) // expect: suspiciousName

// ---- the-users-of-a-seed
const DEMO_PASSWORD = process.env['DEMO_PASSWORD'] ?? crypto.randomUUID()
console.log(['Demo data is ready.', `  Password: ${DEMO_PASSWORD}`, ''].join('\n')) // expect: suspiciousName

// ---- a-check-of-a-password
export function check(password: string) {
  if (password.length < 8) console.warn('the password is too short:', password.length)
}

// ---- a-masked-token
declare function mask(text: string): string
export const report = (apiToken: string) => console.log('using', mask(apiToken))

// ---- a-message-about-passwords
import { messages } from './messages.ts'
console.log(messages.passwordTooShort, messages.invalidToken)

// ---- a-middleware-of-jwt.js
import jwt from 'jsonwebtoken'
import { logger } from './logger.js'
export function authenticate(req, res, next) {
  const token = req.headers.authorization?.split(' ')[1]
  if (!token) {
    logger.info('Authentication failed: no token provided')
    return res.status(401).json({ message: 'no token' })
  }
  const decoded = jwt.verify(token, process.env.JWT_SECRET)
  logger.info(`token verified for user ${decoded.userId}`, { expiresAt: decoded.exp })
  req.user = decoded
  return next()
}

// ---- a-placeholder
export const report = (config: { password: string }) =>
  console.log({ ...config, password: '[redacted]' })

// ---- a-store-of-tokens
import { writeFile } from 'node:fs/promises'
const TOKEN_PATH = './token.json'
export async function keep(token: { access_token: string }) {
  await writeFile(TOKEN_PATH, JSON.stringify(token))
  console.info(`token stored to ${TOKEN_PATH}`)
}

// ---- a-switch-of-a-form.js
export function toggle(state) {
  const showPassword = !state.showPassword
  console.log({ showPassword, withCredentials: state.withCredentials })
}

// ---- a-token-of-a-parser
declare const token: { kind: number; start: number }
console.log('unexpected', token) // wrong untyped: suspiciousName

// ---- a-type-that-says-redacted
type RedactedToken = string
declare function shorten(token: string): RedactedToken
export const report = (token: string) => console.log(shorten(token))

// ---- a-user-without-the-password
declare function find(id: number): { name: string; password: string }
const { password, ...user } = find(1)
console.log(user)

// ---- counts-of-tokens
declare const usage: { promptTokens: number; completionTokens: number; totalTokens: number }
console.log(usage.promptTokens, usage.completionTokens, usage.totalTokens)

// ---- overwritten.js
export function report(request) {
  let password = request.body.password
  password = '***'
  console.log(password)
}

// ---- the-id-of-a-key.js
export const report = ({ apiKeyId, keyVersion }) => console.log({ apiKeyId, keyVersion })

// ---- the-messages-of-a-form.js
export function report(errors, routes) {
  console.log(errors.password, routes.authorization)
}

// ---- the-names-of-the-environment
console.log(Object.keys(process.env).length, process.env['NODE_ENV'], process.env['PORT'])

// ---- the-payload-of-a-verified-token.js
import jwt from 'jsonwebtoken'
export function open(header) {
  const token = jwt.verify(header, process.env.JWT_SECRET)
  console.log({ token })
}

// ---- tokens-of-a-chain
declare const pool: { token0: string; token1: string }
const { token0, token1 } = pool
console.log({ token0, token1, tokenMint: 'x' })

// ---- where-a-secret-is
declare const options: { secretName: string; keyPath: string; tokenEndpoint: string }
console.info(`reading ${options.secretName} from ${options.keyPath}`, options.tokenEndpoint)

// ---- whether-there-is-one.js
console.log('token', process.env.GITHUB_TOKEN ? 'is set' : 'is missing')
console.log({ hasToken: Boolean(process.env.GITHUB_TOKEN) })

// ---- a-pass-of-a-pattern.js
exports.connect = ({ host, user, pass }) => {
  console.log('connecting', host, user, pass) // expect: suspiciousName
}

// ---- a-pass-of-no-user.js
exports.render = (scene, pass) => {
  console.log('rendering', scene, pass)
}

// ---- a-pass-of-a-build.js
exports.run = (report, user) => {
  console.log(user.name, report.total, report.pass, { failed: report.fail, pass: report.pass })
}

// ---- the-options-of-a-request-that-failed
import axios from 'axios'

export async function load(address: string, apiToken: string) {
  return axios.get(address, { headers: { Authorization: `Bearer ${apiToken}` } }).catch((error: Error) => {
    console.error(error) // expect: suspiciousName
  })
}

// ---- the-message-of-a-request-that-failed
import axios from 'axios'

export async function load(address: string, apiToken: string) {
  return axios.get(address, { headers: { Authorization: `Bearer ${apiToken}` } }).catch((error: Error) => {
    console.error(error.message)
  })
}

// ---- a-request-that-failed-without-a-secret
import axios from 'axios'

export async function load(address: string, apiToken: string) {
  if (apiToken === '') return undefined
  return axios.get(address, { timeout: 5_000 }).catch((error: Error) => {
    console.error(error)
  })
}

// ---- the-headers-of-a-request-that-failed.js
exports.report = (err) => {
  console.error('failed', err.response.config.headers) // expect: suspiciousName
}

// ---- the-headers-of-a-table.js
exports.report = (table) => {
  console.error('failed', table.config.headers)
}

// ---- behind-a-secret.js
exports.start = (options) => {
  console.log('mode', options.password && 'with a password')
}

// ---- the-options-of-a-pool
import type { PoolConfig } from 'pg'

export const describe = (options: PoolConfig) => console.log(`to ${options.connectionString}`) // expect: suspiciousName

// ---- the-options-of-a-crawler
import type { CrawlerOptions } from './crawler.js'

export const describe = (options: CrawlerOptions) => console.log(`to ${options.url}`)

export const signIn = (options: CrawlerOptions) => fetch(options.url, { body: options.password })

// ---- a-handle-that-is-called-a-token.js
export function list(pageToken, feeToken, accessToken) {
  console.log('page', pageToken, 'paid in', feeToken)
  console.log('as', accessToken) // expect: suspiciousName
}

// ---- the-name-of-a-file-of-credentials.js
export function load(project, options) {
  console.log('reading', project.files.credentials)
  console.log('with', options.credentials) // expect: suspiciousName
}

// ---- what-is-taken-out-of-credentials.js
export function signIn(authorization) {
  const [username, password] = authorization.split(':')
  console.log('signed in', username)
  const text = authorization.slice(6)
  console.log('signed in by', text) // expect: suspiciousName
  return check(username, password)
}

// ---- the-place-in-a-list.js
export const refreshed = (log, timeline) => log.info(`at ${timeline.getPaginationToken('f')}`)
