// ---- a-breadcrumb
import { secret } from '../../secret.ts'
import { addBreadcrumb } from '@sentry/react'
addBreadcrumb({ category: 'auth', message: `key ${secret.expose()}`, level: 'info' }) // expect: exposedSecret

// ---- a-context
import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.setContext('request', { headers: { authorization: `Bearer ${secret.expose()}` } }) // expect: exposedSecret

// ---- a-user
import { login } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.setUser({ username: login.expose().user })

// ---- a-message
import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.captureMessage(`the key ${secret.expose()} was refused`) // expect: exposedSecret

// ---- a-message-clean
import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.captureMessage(`the key ${secret.label} was refused`)

// ---- a-scope
import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.withScope((scope) => {
  scope.setTag('area', 'auth')
  scope.setExtra('key', secret.expose()) // expect: exposedSecret
  Sentry.captureMessage('refused')
})

// ---- a-scope-clean
import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.withScope((scope) => {
  scope.setExtra('characters', secret.expose().length)
  scope.setContext('key', { label: secret.label })
})

// ---- a-user.js
const Sentry = require('@sentry/node')
const { login } = require('../../secret.ts')
Sentry.setUser(login.expose()) // expect: exposedSecret

// ---- an-exception
import { secret } from '../../secret.ts'
import { captureException } from '@sentry/node'
try {
  throw new Error(`refused ${secret.expose()}`)
} catch (error) {
  captureException(error) // expect: exposedSecret
}

// ---- a-caught-exception
import { secret } from '../../secret.ts'
import { captureException } from '@sentry/node'
declare function connect(key: string): Promise<void>
await connect(secret.expose()).catch((error) => captureException(error))

// ---- the-extras-of-an-exception
import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/browser'
export const report = (error: unknown) =>
  Sentry.captureException(error, { extra: { key: secret.expose() }, tags: { area: 'auth' } }) // expect: exposedSecret

// ---- a-scope-of-a-token
import { secret } from '../../secret.ts'
declare const oauth: { setScope(scope: string): void; request(key: string): void }
oauth.setScope('read')
oauth.request(secret.expose())

// ---- the-options
import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.init({ dsn: secret.expose(), tracesSampleRate: 0.1 })
