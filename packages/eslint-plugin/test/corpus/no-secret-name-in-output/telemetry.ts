// ---- a-header-as-an-attribute.js
export function mark(span, request) {
  span.setAttributes({ url: request.url, authorization: request.headers.authorization }) // expect: suspiciousName
}

// ---- a-password-in-a-context
import * as Sentry from '@sentry/node'
export const report = (login: { user: string; password: string }) =>
  Sentry.setContext('login', { user: login.user, password: login.password }) // expect: suspiciousName

// ---- a-hashed-token
import * as Sentry from '@sentry/node'
export const tag = (tokenHash: string) => Sentry.setTag('token_hash', tokenHash)

// ---- a-token-as-an-attribute
import { trace } from '@opentelemetry/api'
export const mark = (token: string) => trace.getActiveSpan()?.setAttribute('auth.token', token) // expect: suspiciousName

// ---- counts-of-tokens
import { trace } from '@opentelemetry/api'
export const mark = (usage: { inputTokens: number; maxTokens: number }) =>
  trace.getActiveSpan()?.setAttributes({
    'gen_ai.usage.input_tokens': usage.inputTokens,
    'gen_ai.request.max_tokens': usage.maxTokens,
  })

// ---- a-token-in-an-event
import posthog from 'posthog-js'
export const invited = (inviteToken: string) => posthog.capture('invited', { inviteToken }) // expect: suspiciousName

// ---- all-headers
import * as Sentry from '@sentry/nextjs'
export function onRequestError(error: unknown, request: Request) {
  Sentry.setContext('request', { headers: Object.fromEntries(request.headers) }) // expect: suspiciousName
  Sentry.captureException(error)
}

// ---- an-api-key-as-a-label
import { Counter } from 'prom-client'
const requests = new Counter({ name: 'requests', help: 'Requests', labelNames: ['key'] })
export const count = (apiKey: string) => requests.inc({ key: apiKey }) // expect: suspiciousName

// ---- the-environment-as-an-extra.js
import * as Sentry from '@sentry/node'
Sentry.setExtra('env', process.env) // expect: suspiciousName

// ---- a-client-with-a-key
import { PostHog } from 'posthog-node'
export const posthog = new PostHog(process.env['POSTHOG_API_KEY'] ?? '')

// ---- a-version-of-a-secret
import { Gauge } from 'prom-client'
const age = new Gauge({ name: 'secret_age', help: 'Age', labelNames: ['secret'] })
export const report = (secretName: string, days: number) => age.set({ secret: secretName }, days)

// ---- the-id-of-a-session.js
export const mark = (span, session) => span.setAttribute('session.id', session.id)

// ---- the-kind-of-a-login
import posthog from 'posthog-js'
posthog.capture('login', { method: 'password', hasPassword: true })
