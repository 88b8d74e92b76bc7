// ---- a-bearer-scheme
import type { IncomingMessage } from 'node:http'

export function bearerOf({ headers }: IncomingMessage): string | undefined {
  const [scheme, token] = headers.authorization?.split(' ') ?? []
  return scheme === 'Bearer' && headers.authorization?.startsWith('Bearer ') ? token : undefined
}

// ---- a-known-weak-password
const WEAK = ['123456', 'password', 'qwerty']

export const isWeak = (password: string) => WEAK.includes(password)

// ---- a-pattern-of-the-format
const TOKEN_FORMAT = /^[a-z0-9]{32}$/

export const isToken = (token: string) =>
  token.match(TOKEN_FORMAT) !== null && token.search(/\s/) === -1

// ---- a-switch-over-words.js
export function describe(token) {
  switch (token) {
    case 'if':
    case 'else':
      return 'keyword'
    default:
      return 'name'
  }
}

// ---- a-token-that-is-a-word.js
export function parse(token, output) {
  if (token === 'plus') output.push('+')
  else if (token === '(' || token === ')') output.push(token)
}

// ---- a-token-that-is-missing.js
export function authenticate(req, res, next) {
  const header = req.headers.authorization || ''
  const token = header.startsWith('Bearer ') ? header.slice(7) : null
  if (token === null || token === undefined || token === '') return res.status(401).end()
  next()
}

// ---- an-enum-of-methods.js
import { AuthMethod, GRANT_TYPES } from './methods.js'

export const needsPassword = (req, password) =>
  req.body.method === AuthMethod.password || req.body.password === GRANT_TYPES.password

// ---- null-and-undefined.js
export function requireToken(token) {
  if (token === undefined || token === null || token == '') throw new Error('no token')
  return token
}

// ---- type-of
export function isText(password: unknown): password is string {
  return typeof password === 'string' && password !== ''
}
