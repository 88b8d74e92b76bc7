// ---- a-cache-key
export const cacheKey = `report-${Date.now()}`

// ---- a-key-of-a-list-item.js
export const Item = ({ text }) => ({ key: Math.random(), text })

// ---- a-keyframe-and-a-monkey
export const keyframe = Math.random()
export const monkey = Math.random().toString(36)

// ---- a-nonce-that-only-grows.js
export async function callExchange(client, path) {
  const nonce = Date.now()
  return client.post(path, { nonce })
}

// ---- a-request-id.js
module.exports = (req, res, next) => {
  req.id = Math.random().toString(36).slice(2)
  next()
}

// ---- a-session-that-started
export const session = { id: 1, startedAt: Date.now(), token: undefined }

// ---- a-subscription-token.js
let subscriptions = {}

export function subscribe(handler) {
  const token = Math.random()
  subscriptions[token] = handler
  return token
}

// ---- a-test-on-the-time
interface Token {
  value: string
  expiresAt: number
}

export function live(tokens: Token[]): Token | undefined {
  const token = tokens.find((one) => one.expiresAt > Date.now())
  return token
}

// ---- a-time-out
export class Session {
  secret = ''
  password = setTimeout(() => undefined, Math.random() * 1000)
}

// ---- a-token-that-is-loaded
import { loadToken } from './load-token.ts'

export const token = await loadToken({ since: Date.now(), trace: Math.random() })

// ---- a-token-that-renders-again.js
export class Chart {
  refresh() {
    this.randomToken = Math.random() * 1000
  }
}

// ---- an-idempotency-token
export const send = (idempotencyToken = Math.random().toString(36)) => idempotencyToken
export const cancelToken = Math.random().toString(36)

// ---- the-strength-of-a-password
export const passwordStrength = Math.random() * 100
export const tokenCount = Math.floor(Math.random() * 10)

// ---- when-a-code-expires.js
exports.generateOtpExpiry = () => Date.now() + 10 * 60 * 1000

// ---- when-a-token-expires
export function issue(token: string) {
  const tokenExpiresAt = Date.now() + 3_600_000
  return { token, tokenExpiresAt, secretCreatedAt: new Date() }
}

// ---- a-token-of-a-message.js
const wait = ((token, callbacks) => {
  globalThis.addEventListener('message', ({ data }) => data === token && callbacks.shift()())
  return (callback) => {
    callbacks.push(callback)
    globalThis.postMessage(token, '*')
  }
})(`shop@${Math.random()}`, [])

module.exports = wait

// ---- a-code-of-a-class-that-verifies
export class EmailVerification {
  issue(address: string, send: (to: string, text: string) => void) {
    const code = Math.floor(100_000 + Math.random() * 900_000) // expect: guessable
    send(address, `Your code: ${code}`)
  }
}

// ---- a-code-of-no-one
export function paintBarcode(draw: (text: string) => void) {
  const code = Math.floor(100_000 + Math.random() * 900_000)
  draw(`${code}`)
}

// ---- the-id-of-a-handshake.js
exports.onHandshake = (socket, open) => {
  const id = Math.random().toString(36).slice(2) // expect: guessable
  open.set(id, socket)
}

// ---- the-id-of-a-row.js
exports.onRow = (row, rows) => {
  const id = Math.random().toString(36).slice(2)
  rows.set(id, row)
}

// ---- the-id-of-a-handshake-by-number.js
exports.onHandshake = (socket, open) => {
  const id = Date.now()
  open.set(id, socket)
}
