// ---- a-claim-of-a-token.js
import jwt from 'jsonwebtoken'

export function isOwner(token, user) {
  const decoded = jwt.decode(token)
  return decoded.sub === user.id
}

// ---- a-function-signature
interface Signature {
  parameters: string[]
}

export const isSameOverload = (signature: Signature, implementation: Signature) =>
  signature === implementation

// ---- a-hardware-address.js
export const findDevice = (devices, mac) => devices.find((device) => device.mac === mac)

// ---- a-key-id-of-a-token.js
export function keyFor(keys, token) {
  return keys.find((key) => key.kid === token.kid || key.secretId === token.secretId)
}

// ---- a-key-of-the-keyboard.js
export function onKeyDown(event, shortcutKey) {
  if (event.key === shortcutKey || event.key === 'Enter') event.preventDefault()
}

// ---- a-local-name-of-a-word
const password = 'password'
const token = Symbol('token')

export const isPasswordField = (type: string, key: unknown) => type === password || key === token

// ---- a-stored-hash
import { createHash } from 'node:crypto'

export function isUnchanged(file: Buffer, digest: string): boolean {
  return createHash('sha256').update(file).digest('hex') === digest
}

// ---- a-token-kind.js
export const isRefresh = (token, kind) => token.kind === kind && token.tokenType === token.type

// ---- a-user-name-of-basic-auth.js
const auth = require('basic-auth')

module.exports = (req, userName) => {
  const credentials = auth(req)
  return credentials !== undefined && credentials.name === userName
}

// ---- how-many-there-are.js
export const areSame = (tokens, otherTokens, passwordCount) =>
  tokens.length === otherTokens.length && passwordCount === tokens.length

// ---- the-name-of-a-secret
import { secretNames } from './names.ts'

export const isDeclared = (secretName: string) =>
  secretNames.includes(secretName) || secretName === secretNames[0]

// ---- a-password-whatever-its-case.js
export function findFault(req, email, title) {
  const { password } = req.body
  if (email.toLowerCase() === password.toLowerCase()) return 'the email address'
  if (title.trim() === password.trim()) return 'the title'
  return password !== password.trim() ? 'a blank' : undefined
}

export const isOwner = (req, token) => req.body.token.toLowerCase() === token // expect: nameCompared

// ---- a-signature-whatever-its-case.js
export const isSigned = (req, signature) =>
  req.headers['x-signature'].toLowerCase() === signature.toLowerCase() // expect: nameCompared

// ---- a-bad-password.js
import { badPasswords } from './bad-passwords.js'

export const isBad = (req) => badPasswords.some((badPassword) => badPassword === req.body.password)

export const isAdmin = (req, adminPassword) => req.body.password === adminPassword // expect: nameCompared

// ---- where-a-server-is.js
export function open(req, connectionString, apiKey) {
  if (connectionString === req.body.uri) return undefined
  return req.body.key === apiKey // expect: nameCompared
}

// ---- an-object-that-compares-itself.js
export class Entry {
  equals(token, accountKey) {
    return this.token === token && accountKey === this.accountKey
  }

  admits(req) {
    return req.headers.authorization === this.accessToken // expect: nameCompared
  }
}
