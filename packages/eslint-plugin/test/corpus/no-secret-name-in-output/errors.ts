// ---- a-client-secret-in-a-rejection
export const exchange = (clientSecret: string) =>
  Promise.reject(new Error(`the server refuses ${clientSecret}`)) // expect: suspiciousName

// ---- a-database-url
import pg from 'pg'
const { DATABASE_URL = '' } = process.env
export async function open() {
  const client = new pg.Client(DATABASE_URL)
  try {
    await client.connect()
  } catch (cause) {
    throw new Error(`cannot connect to ${DATABASE_URL}`, { cause }) // expect: suspiciousName
  }
}

// ---- a-message-that-is-changed
export function explain(error: Error, connectionString: string) {
  error.message = `${connectionString}: ${error.message}` // expect: suspiciousName
  return error
}

// ---- a-password-in-a-message
export function connect(user: string, password: string) {
  throw new Error(`cannot connect as ${user}:${password}`) // expect: suspiciousName
}

// ---- an-access-token-that-expired
import createError from 'http-errors'
export const expired = (accessToken: string) => createError(401, `${accessToken} has expired`) // expect: suspiciousName

// ---- a-user-that-is-unknown
import createError from 'http-errors'
export const refuse = (user: string, password: string) => {
  if (password === '') throw createError(401, `no password for ${user}`)
}

// ---- an-api-key-in-the-details
import { ApiError } from './api-error.ts'
export const refused = (apiKey: string) => new ApiError('refused', { apiKey }) // expect: suspiciousName

// ---- the-id-of-a-secret
import { SecretError } from './secret-error.ts'
export const missing = (secretName: string) => new SecretError('missing', { secretName })

// ---- an-assertion-of-passwords
import assert from 'node:assert'
export const check = (password: string, repeated: string) => assert.equal(password, repeated) // expect: suspiciousName

// ---- the-environment-as-a-cause.js
export function fail() {
  throw new Error('bad environment', { cause: process.env }) // expect: suspiciousName
}

// ---- thrown-credentials.js
export function refuse(credentials) {
  throw { code: 'refused', credentials } // expect: suspiciousName
}

// ---- a-length
export function check(password: string) {
  if (password.length < 12) throw new RangeError(`${password.length} characters are too few`)
}

// ---- a-login-that-failed
declare function login(user: string, password: string): Promise<void>
export async function open(user: string, password: string) {
  try {
    await login(user, password)
  } catch (cause) {
    throw new Error(`login of ${user} failed`, { cause })
  }
}

// ---- a-login
import bcrypt from 'bcrypt'
declare const users: { find(email: string): Promise<{ id: number; password: string } | undefined> }
export async function login(email: string, password: string) {
  const user = await users.find(email)
  if (user === undefined || !(await bcrypt.compare(password, user.password))) {
    throw new Error(`no user ${email} with that password`)
  }
  return user.id
}

// ---- a-secret-that-was-not-found
declare function read(secretName: string): Promise<string | undefined>
export async function load(secretName: string) {
  const text = await read(secretName)
  if (text === undefined) throw new Error(`Unable to retrieve secret: ${secretName}`)
  return text
}

// ---- a-sentence
export const bad = () => new Error('bad password')
export const missing = () => new Error('no API key: set API_KEY')

// ---- a-token-of-a-parser
export function unexpected(token: string, line: number) {
  throw new SyntaxError(`Unexpected token ${token} in line ${line}`)
}

// ---- an-assertion-that-there-is-one
import assert from 'node:assert'
assert(process.env['API_KEY'], 'API_KEY is not set')
assert.notEqual(process.env['API_KEY']?.length, 0)

// ---- an-error-class-about-tokens
import { TokenExpiredError } from 'jsonwebtoken'
export const expired = (expiredAt: Date) => new TokenExpiredError('jwt expired', expiredAt)

// ---- the-key-of-an-entry.js
export function find(map, key) {
  if (!map.has(key)) throw new Error(`no entry for ${key}`)
}

// ---- the-name-of-a-variable.js
export function need(name) {
  if (process.env[name] === undefined) throw new Error(`${name} is not set`)
}

// ---- a-method-of-a-class-that-a-parameter-has
class Login {
  constructor(
    readonly user: string,
    private readonly password: string,
  ) {}

  line(): string {
    return `${this.user}:${this.password}`
  }

  name(): string {
    return this.user
  }
}

export function refuse(login: Login): never {
  throw new Error(`refused ${login.line()}`) // expect: suspiciousName
}

export function forget(login: Login): never {
  throw new Error(`forgot ${login.name()}`)
}

// ---- a-method-of-a-class-that-a-parameter-does-not-have
class Login {
  constructor(
    readonly user: string,
    private readonly password: string,
  ) {}

  line(): string {
    return `${this.user}:${this.password}`
  }
}

interface Text {
  line(): string
}

export const first = new Login('root', 'RANDOM_HEX_32')

export function refuse(text: Text): never {
  throw new Error(`refused ${text.line()}`)
}
