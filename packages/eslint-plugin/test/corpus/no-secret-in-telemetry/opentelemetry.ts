// ---- a-chain
import { secret } from '../../secret.ts'
export function describe(span: any, url: string) {
  span.updateName('login').setAttribute('http.url', `${url}?key=${secret.expose()}`).end() // expect: exposedSecret
}

// ---- a-caught-exception
import { secret } from '../../secret.ts'
declare function connect(key: string): void
export function open(span: any) {
  try {
    connect(secret.expose())
  } catch (error) {
    span.recordException(error)
  }
}

// ---- a-secret-as-an-attribute
import { secret } from '../../secret.ts'
export const mark = (span: any) => span.setAttribute('key', `${secret}`) // expect typed: secretObject

// ---- a-fingerprint
import { secret } from '../../secret.ts'
import { createHash } from 'node:crypto'
export const mark = (span: any) =>
  span.setAttribute('key.sha256', createHash('sha256').update(secret.expose()).digest('hex'))

// ---- a-span-of-another-name
import { secret } from '../../secret.ts'
interface Span {
  setAttribute(key: string, value: string): this
  addEvent(name: string): this
  end(): void
}
// as in @opentelemetry/api
export const mark = (work: Span) => work.setAttribute('key', secret.expose()) // expect: exposedSecret

// ---- a-status
import { secret } from '../../secret.ts'
import { SpanStatusCode, trace } from '@opentelemetry/api'
const current = trace.getActiveSpan()
current?.setStatus({ code: SpanStatusCode.ERROR, message: `refused ${secret.expose()}` }) // expect: exposedSecret

// ---- an-attribute
import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
const span = trace.getActiveSpan()
span?.setAttribute('app.key', secret.expose()) // expect: exposedSecret

// ---- the-label
import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
trace.getActiveSpan()?.setAttribute('app.key', secret.label)

// ---- an-event
import { secret } from '../../secret.ts'
import type { Span } from '@opentelemetry/api'
export function mark(span: Span) {
  span.addEvent('rotated', { from: secret.expose() }) // expect: exposedSecret
}

// ---- the-version
import type { SecretVersion } from '../../secret.ts'
import type { Span } from '@opentelemetry/api'
export const mark = (span: Span, { version }: SecretVersion) =>
  span.setAttributes({ 'secret.version': version })

// ---- an-exception
import { secret } from '../../secret.ts'
export function fail(activeSpan: any) {
  activeSpan.recordException(new Error(`refused: ${secret.expose()}`)) // expect: exposedSecret
}

// ---- several-attributes
import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
const tracer = trace.getTracer('signing')
export const sign = () =>
  tracer.startActiveSpan('sign', (span) => {
    span.setAttributes({ 'app.version': 1, 'app.key': secret.expose() }) // expect: exposedSecret
    span.end()
  })

// ---- work-in-a-span
import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
declare function sign(key: string): Promise<string>
export const run = () =>
  trace.getTracer('signing').startActiveSpan('sign', async (span) => {
    const signature = await sign(secret.expose())
    span.setAttribute('signature.length', signature.length)
    span.end()
    return signature
  })

// ---- the-attributes-of-a-new-span
import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
const tracer = trace.getTracer('signing')
export const open = () => tracer.startSpan('sign', { attributes: { key: secret.expose() } }) // expect: exposedSecret

// ---- the-label-of-a-counter
import { secret } from '../../secret.ts'
import { metrics } from '@opentelemetry/api'
const logins = metrics.getMeter('auth').createCounter('logins')
logins.add(1, { key: secret.expose() }) // expect: exposedSecret

// ---- a-set-of-keys
import { secret } from '../../secret.ts'
import { metrics } from '@opentelemetry/api'
const seen = new Set<string>()
const logins = metrics.getMeter('auth').createCounter('logins')
if (!seen.has(secret.expose())) logins.add(1)
seen.add(secret.expose())

// ---- the-label-of-a-histogram
import { secret } from '../../secret.ts'
import { metrics } from '@opentelemetry/api'
const meter = metrics.getMeter('auth')
const duration = meter.createHistogram('duration')
export const record = (ms: number) => duration.record(ms, { login: secret.expose() }) // expect: exposedSecret

// ---- a-counter-of-lengths
import { secret } from '../../secret.ts'
import { metrics } from '@opentelemetry/api'
const lengths = metrics.getMeter('auth').createHistogram('lengths')
lengths.record(secret.expose().length, { key: secret.label })

// ---- the-name-of-a-span
import { secret } from '../../secret.ts'
import { trace } from '@opentelemetry/api'
export const work = trace.getTracer('signing').startSpan(`sign with ${secret.expose()}`) // expect: exposedSecret

// ---- a-value-of-the-context
import { secret } from '../../secret.ts'
import { context, createContextKey } from '@opentelemetry/api'
const KEY = createContextKey('key')
export const run = (work: () => void) =>
  context.with(context.active().setValue(KEY, secret.expose()), work)

// ---- an-attribute-of-the-page
import { secret } from '../../secret.ts'
const input = document.createElement('input')
input.setAttribute('value', secret.expose())

// ---- an-exporter-with-a-key
import { secret } from '../../secret.ts'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
export const exporter = new OTLPTraceExporter({
  url: 'https://example.com',
  headers: { 'x-api-key': secret.expose() },
})
