import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { Secret } from '@rekey/secret'
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { SpanStatusCode } from '@opentelemetry/api'
import * as Sentry from '@sentry/core'
import { ServerRuntimeClient } from '@sentry/core/server'
import { describe, expect, it } from 'vitest'
import { createRedactor } from '../index.ts'
import { redactExporter } from './opentelemetry.ts'
import { redactSentry } from './sentry.ts'

const secret = randomBytes(24).toString('base64url')
const redactor = createRedactor({ secrets: [] })
redactor.add(Secret.of(secret, 'API_KEY'))
const TAG = '[secret API_KEY]'

describe('OpenTelemetry', () => {
  it('exports spans masked in name, attributes, events and status, and leaves the span as it is', async () => {
    const [plain, masked] = [new InMemorySpanExporter(), new InMemorySpanExporter()]
    const exporters = [plain, redactExporter(redactor, masked)]
    const spanProcessors = exporters.map((exporter) => new SimpleSpanProcessor(exporter))
    const provider = new BasicTracerProvider({ spanProcessors })
    const span = provider
      .getTracer('test')
      .startSpan(`GET /${secret}`, { attributes: { url: secret } })
    span.addEvent(`retry ${secret}`, { list: ['a', secret] })
    span.recordException(new Error(secret))
    span.setStatus({ code: SpanStatusCode.ERROR, message: secret })
    span.end()
    await provider.forceFlush()

    const [before] = plain.getFinishedSpans()
    const [after] = masked.getFinishedSpans()
    expect(before?.name).toBe(`GET /${secret}`)
    expect(after?.name).toBe(`GET /${TAG}`)
    expect(after?.attributes).toEqual({ url: TAG })
    expect(after?.status.message).toBe(TAG)
    expect(after?.spanContext()).toEqual(before?.spanContext())
    expect(after?.duration).toEqual(before?.duration)
    expect(inspect([after?.events, after?.links], { depth: 9 })).not.toContain(secret)
    expect(inspect(after?.events, { depth: 9 }).split(TAG)).toHaveLength(5)
    await provider.shutdown()
  })

  it('exports log records masked in body and attributes', async () => {
    const memory = new InMemoryLogRecordExporter()
    const processors = [
      new SimpleLogRecordProcessor({ exporter: redactExporter(redactor, memory) }),
    ]
    const provider = new LoggerProvider({ processors })
    const logger = provider.getLogger('test')
    logger.emit({ body: `text ${secret}`, attributes: { deep: { list: [secret] } } })
    logger.emit({ body: { key: new Uint8Array(Buffer.from(secret)) }, eventName: 'clean' })
    await provider.forceFlush()

    const [text, bytes] = memory.getFinishedLogRecords()
    expect(text?.body).toBe(`text ${TAG}`)
    expect(text?.attributes).toEqual({ deep: { list: [TAG] } })
    expect(bytes?.body).toEqual({ key: TAG })
    expect(bytes?.eventName).toBe('clean')
    await provider.shutdown()
  })
})

describe('Sentry', () => {
  /** A client that keeps what it would send, as `Sentry.init` of the SDKs makes one. */
  function open(options: object, isMasked = true) {
    const sent: string[] = []
    const transport = (with_: object) =>
      Sentry.createTransport({ recordDroppedEvent: () => undefined, ...with_ }, ({ body }) => {
        sent.push(Buffer.from(body as never).toString())
        return Promise.resolve({})
      })
    const all = {
      dsn: 'https://public@example.com/1',
      stackParser: () => [],
      integrations: [],
      tracesSampleRate: 1,
      enableLogs: true,
      ...options,
    }
    const client = new ServerRuntimeClient({
      ...(isMasked ? redactSentry(redactor, all) : all),
      transport,
    } as never)
    const scope = new Sentry.Scope()
    scope.setClient(client)
    client.init()
    return { client, scope, sent }
  }

  function send({ client, scope }: ReturnType<typeof open>) {
    Sentry.getIsolationScope().clearBreadcrumbs()
    return Sentry.withScope(scope, async () => {
      Sentry.setCurrentClient(client)
      Sentry.addBreadcrumb({ message: `crumb ${secret}`, data: { url: secret } })
      scope.setExtra('login', { password: secret })
      scope.setTag('tag', secret)
      client.captureException(new Error(`for ${secret}`), {}, scope)
      client.captureMessage(`message ${secret}`, 'info', {}, scope)
      Sentry.logger.info(`log ${secret}`, { attribute: secret }, { scope })
      await client.flush(2_000)
    })
  }

  it('sends events, breadcrumbs and logs masked, and leaked each without the redactor', async () => {
    const [plain, masked] = [open({}, false), open({})]
    await send(plain)
    await send(masked)
    const count = (texts: readonly string[], part: string) =>
      texts.join('\n').split(part).length - 1
    expect(masked.sent).toHaveLength(plain.sent.length)
    expect(count(plain.sent, secret)).toBeGreaterThanOrEqual(8)
    expect(count(masked.sent, secret)).toBe(0)
    expect(count(masked.sent, TAG)).toBe(count(plain.sent, secret))
  })

  it('masks what hooks of your own return, later too, and drops what they drop', async () => {
    const dropped = open({ beforeSend: () => null, beforeSendLog: () => null })
    await send(dropped)
    expect(dropped.sent.filter((envelope) => envelope.includes('"exception"'))).toEqual([])
    const later = open({
      beforeSend: (event: object) => Promise.resolve({ ...event, user: { id: secret } }),
    })
    await send(later)
    expect(later.sent.join('')).toContain(`"id":"${TAG}"`)
    expect(later.sent.join('')).not.toContain(secret)
  })

  it('masks a span though a hook of your own fails, and keeps the mark of a hook for static spans', () => {
    const fails = (span: object): object => {
      throw new Error(typeof span)
    }
    const { beforeSendSpan } = redactSentry(redactor, { beforeSendSpan: fails })
    expect(beforeSendSpan({ description: secret })).toEqual({ description: TAG })
    const isStatic = Sentry.withStaticSpan((span) => span)
    expect(redactSentry(redactor, { beforeSendSpan: isStatic }).beforeSendSpan).toHaveProperty(
      '_static',
    )
  })

  it('masks transactions where spans are not streamed', () => {
    const names = (options: object) => Object.keys(redactSentry(redactor, options))
    expect(names({ traceLifecycle: 'static' })).toContain('beforeSendTransaction')
    expect(names({})).not.toContain('beforeSendTransaction')
  })
})
