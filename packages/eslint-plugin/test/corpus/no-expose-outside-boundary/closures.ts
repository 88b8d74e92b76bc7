// ---- a-cache-beside-a-function
import type { Secret } from '../../secret.ts'
export function createClient(secret: Secret) {
  let token: string | undefined
  return async (url: string) => {
    token ??= secret.expose() // expect: kept
    await fetch(url, { headers: { authorization: token } })
  }
}

// ---- a-function-handed-out
import { createHmac } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export function createSigner(secret: Secret) {
  const key = secret.expose()
  return (data: string) => createHmac('sha256', key).update(data).digest('hex') // expect: kept
}

// ---- a-method-set-from-outside
import type { Secret } from '../../secret.ts'
interface Server {
  verify?: (given: string) => boolean
}
const server: Server = {}
export function protect(secret: Secret) {
  const password = secret.expose()
  server.verify = (given) => given === password // expect: kept
}

// ---- a-named-function-handed-out
import type { Secret } from '../../secret.ts'
export function withKey(secret: Secret) {
  const headers = { 'x-api-key': secret.expose() }
  async function call(url: string) {
    await fetch(url, { headers })
  }
  return call // expect: kept
}

// ---- an-object-of-functions
import { createHmac } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export function createTokens(secret: Secret) {
  const key = secret.expose()
  return { // expect: kept
    issue: (id: string) => `${id}.${createHmac('sha256', key).update(id).digest('hex')}`,
    check(id: string, mac: string) {
      return createHmac('sha256', key).update(id).digest('hex') === mac
    },
  }
}
