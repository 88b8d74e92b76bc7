import { once } from 'node:events'
import { request } from 'node:http'
import nodeVault from 'node-vault'
import type { Provocation } from './error-path.ts'
import { collectCanaries } from './canary.ts'

/** Where a leak is planted, which channel must show it. */
export const PLANTED = {
  message: 'message',
  stack: 'message',
  inspect: 'hidden',
  JSON: 'field',
  cause: 'cause',
  'console %o': 'field',
  'unhandled rejection': 'field',
  NODE_DEBUG: 'token',
  DEBUG: 'body',
  'diagnostic report': 'field',
} as const

/** A job that leaks in every channel, by what careless code does. */
export function provokeLeak(): Provocation {
  const { text, canaries } = collectCanaries()
  const labels = [...new Set<string>(Object.values(PLANTED))]
  const env = Object.fromEntries(labels.map((label) => [label, text(label)]))
  return { job: { locator: 'memory', act: 'leak', env }, canaries }
}

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1'

/** Fails, and shows everything that it was given. */
export async function leak(given: Readonly<Record<string, string>> = {}): Promise<never> {
  const { message = '', hidden, field, cause, token = '', body } = given
  await once(request(NOWHERE, { headers: { 'x-vault-token': token } }).end(), 'error')
  const client = nodeVault({ endpoint: NOWHERE })
  await client.write('auth/approle/login', { secret_id: body }).catch((error: unknown) => error)
  const error = new Error(`cannot log in with ${message}`, { cause: new Error(`it is ${cause}`) })
  Object.defineProperty(error, 'hidden', { value: hidden })
  throw Object.assign(error, { code: 'planted', field })
}
