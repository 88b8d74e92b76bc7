// ---- a-diagnostics-channel
// missed
import { secret } from '../../secret.ts'
import { channel } from 'node:diagnostics_channel'
channel('login').publish({ key: secret.expose() })

// ---- a-failed-login.js
import { login } from '../../secret.ts'
import mixpanel from 'mixpanel'
const tracker = mixpanel.init('id')
export const failed = () => tracker.track('login failed', { ...login.expose() }) // expect: exposedSecret

// ---- a-helper-that-traces
import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
const tracer = trace.getTracer('frontend')
function traced<T>(name: string, attributes: Record<string, string>, work: () => Promise<T>) {
  return tracer.startActiveSpan(name, { attributes }, async (span) => { // expect: exposedSecret
    try {
      return await work()
    } finally {
      span.end()
    }
  })
}
await traced('sign', { key: secret.expose() }, async () => 1)

// ---- a-helper-that-traces-clean
import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
const tracer = trace.getTracer('frontend')
declare function sign(key: string): Promise<string>
export const run = () =>
  tracer.startActiveSpan('sign', { attributes: { key: secret.label } }, async (span) => {
    await sign(secret.expose())
    span.end()
  })

// ---- a-hook-of-an-instrumentation
import { secret } from '../../secret.ts'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
export const http = new HttpInstrumentation({
  requestHook: (span) => {
    span.setAttribute('http.request.header.x_api_key', secret.expose()) // expect: exposedSecret
  },
})

// ---- a-span-of-a-callback
import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
export const run = (work: () => void) =>
  trace.getTracer('signing').startActiveSpan('sign', (active) => {
    active.setAttribute('key', secret.expose()) // expect: exposedSecret
    work()
    active.end()
  })

// ---- a-span-of-a-callback-clean
import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
declare function sign(key: string): string
export const run = () =>
  trace.getTracer('signing').startActiveSpan('sign', (active) => {
    const signature = sign(secret.expose())
    active.setAttribute('signature', signature)
    active.end()
  })

// ---- a-tag-of-datadog
import { secret } from '../../secret.ts'
import tracer from 'dd-trace'
export const run = (work: () => Promise<void>) =>
  tracer.trace('rotation', { tags: { key: secret.expose() } }, work) // expect: exposedSecret

// ---- a-url-of-a-request
import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
export async function load(id: string) {
  const url = `https://example.com/${id}?key=${secret.expose()}`
  Sentry.addBreadcrumb({ category: 'http', data: { url, method: 'GET' } }) // expect: exposedSecret
  return fetch(url)
}

// ---- a-url-of-a-request-clean
import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
export async function load(id: string) {
  const url = new URL(`https://example.com/${id}`)
  Sentry.addBreadcrumb({ category: 'http', data: { url: url.href, method: 'GET' } })
  return fetch(url, { headers: { authorization: `Bearer ${secret.expose()}` } })
}

// ---- baggage
import { secret } from '../../secret.ts'
import { propagation } from '@opentelemetry/api'
export const baggage = propagation.createBaggage({ key: { value: secret.expose() } }) // expect: exposedSecret

// ---- the-labels-of-all-metrics
import { secret } from '../../secret.ts'
import { register } from 'prom-client'
register.setDefaultLabels({ service: 'signing', key: secret.expose() }) // expect: exposedSecret

// ---- a-component-that-tracks
import { secret } from '../../secret.ts'
import posthog from 'posthog-js'
declare function submit(key: string): Promise<{ ok: boolean }>
export async function onSubmit() {
  const { ok } = await submit(secret.expose())
  posthog.capture('submitted', { ok, characters: secret.expose().length })
}

// ---- a-counter-of-a-fleet
import { secret } from '../../secret.ts'
import { Counter, Histogram, register } from 'prom-client'
const uses = new Counter({ name: 'uses', help: 'Uses', labelNames: ['label'] })
const duration = new Histogram({ name: 'duration', help: 'Duration' })
export async function use(work: (key: string) => Promise<void>) {
  const stop = duration.startTimer()
  await work(secret.expose())
  uses.labels({ label: secret.label }).inc()
  stop()
  return register.metrics()
}

// ---- a-metrics-map
import { secret } from '../../secret.ts'
const byKey = new Map<string, number>()
export const count = () => byKey.set(secret.expose(), (byKey.get(secret.expose()) ?? 0) + 1)

// ---- a-baggage
import { secret } from '../../secret.ts'
import { propagation } from '@opentelemetry/api'
export const baggage = propagation.createBaggage().setEntry('key', { value: secret.expose() }) // expect: exposedSecret

// ---- a-baggage-with-a-label
import { secret } from '../../secret.ts'
import { propagation } from '@opentelemetry/api'
export const baggage = propagation.createBaggage().setEntry('key', { value: secret.label })

// ---- a-label-of-elastic
import { secret } from '../../secret.ts'
import apm from 'elastic-apm-node'
apm.setLabel('key', secret.expose()) // expect: exposedSecret
apm.setLabel('name', secret.label)

// ---- a-field-of-honeycomb.js
import { secret } from '../../secret.ts'
import beeline from 'honeycomb-beeline'
beeline.addContext({ key: secret.expose() }) // expect: exposedSecret
beeline.addContext({ name: secret.label })

// ---- a-profile-of-mixpanel.js
import { login } from '../../secret.ts'
import mixpanel from 'mixpanel'
mixpanel.people.set({ ...login.expose() }) // expect: exposedSecret

// ---- an-event-of-firebase.js
import { secret } from '../../secret.ts'
import { getAnalytics, logEvent } from 'firebase/analytics'
logEvent(getAnalytics(), 'login', { key: secret.expose() }) // expect: exposedSecret

// ---- a-metric-of-sentry
import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.metrics.count('logins', 1, { attributes: { key: secret.expose() } }) // expect: exposedSecret
