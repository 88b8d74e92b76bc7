import { context, ProxyTracerProvider, SpanStatusCode, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node'
import { SecretError } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { NAME, setUp } from '../../test/engine/far-side.support.ts'
import { recordSpans } from '../../test/engine/recorded-spans.support.ts'
import { rollBack, rotate, sweepOrphans } from './index.ts'
import { withSpans } from './opentelemetry.ts'

const { provider, spans, spanOf } = recordSpans()
const traced = {
  rotate: withSpans('rotate', rotate, { attributes: { 'deployment.environment.name': 'test' } }),
  rollBack: withSpans('rollback', rollBack),
  sweepOrphans: withSpans('sweep', sweepOrphans),
}

/** All that a span says, as text. */
const textOf = ({ name, attributes, events, status, resource, links }: ReadableSpan) =>
  JSON.stringify({ name, attributes, events, status, links, resource: resource.attributes })

it('makes one span of a rotation within the active one, and a child of it for each step', async () => {
  const {
    farSide: { kind },
    options: parts,
  } = await setUp()
  const caller = provider.getTracer('test').startSpan('caller')
  const within = trace.setSpan(context.active(), caller)
  const rotated = await context.with(within, () => traced.rotate(kind, parts))
  const rotation = spanOf('rekey.rotate')
  expect(rotation?.parentSpanContext?.spanId).toBe(caller.spanContext().spanId)
  expect(rotation?.attributes).toEqual({
    ...{ 'deployment.environment.name': 'test', 'rekey.compromised': false },
    ...{ 'rekey.secret.name': NAME, 'rekey.secret.kind': 'text' },
    'rekey.version.current': rotated.version,
    'rekey.version.revoked': rotated.revoked,
  })
  const steps = ['generate', 'stage', 'admit', 'prove', 'promote', 'confirm', 'revoke']
  const names = [...steps, 'confirm-revoked'].map((step) => `rekey.rotate.${step}`)
  expect(spans().map(({ name }) => name)).toEqual([...names, 'rekey.rotate'])
  for (const span of spans().slice(0, -1)) {
    expect(span.parentSpanContext?.spanId).toBe(rotation?.spanContext().spanId)
    expect(span.status.code).toBe(SpanStatusCode.UNSET)
  }
})

it('gives the step that fails the status of its error, and the spans of the rollback their own', async () => {
  const { farSide: far, options: parts } = await setUp()
  const { kind } = far
  far.refuse.set('prove', new SecretError('refused', 'the far side refuses it'))
  await expect(traced.rotate(kind, parts)).rejects.toMatchObject({ code: 'rolled-back' })
  expect(spanOf('rekey.rotate.prove')).toMatchObject({
    status: { code: SpanStatusCode.ERROR, message: expect.stringContaining('refuses') as string },
    attributes: { 'error.type': 'rolled-back', 'rekey.reason': 'refused', 'rekey.step': 'prove' },
  })
  expect(spanOf('rekey.rotate.abort')?.status.code).toBe(SpanStatusCode.UNSET)
  expect(spanOf('rekey.rotate')).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'error.type': 'rolled-back', 'rekey.step': 'prove' },
  })
})

it('has an event for each change of a wait, with the replicas that are waited for', async () => {
  const {
    farSide: { kind },
    options: parts,
  } = await setUp()
  const waiting: RotationKind = {
    ...kind,
    confirm: (_, context) => {
      const late = ['http://10.0.0.1:9090', 'http://10.0.0.2:9090']
      for (let poll = 0; poll < 300; poll += 1)
        context.waiting('waiting for 2 of 2 replicas to send the new key', late)
      context.waiting('waiting for 1 of 2 replicas to send the new key', late.slice(1))
      return Promise.resolve()
    },
  }
  await traced.rotate(waiting, parts)
  expect(spanOf('rekey.rotate.confirm')?.events.map(({ attributes }) => attributes)).toEqual([
    {
      ...{
        'rekey.waiting.for': 'waiting for 2 of 2 replicas to send the new key',
        'rekey.replicas.count': 2,
      },
      'rekey.replicas': ['http://10.0.0.1:9090', 'http://10.0.0.2:9090'],
    },
    {
      ...{
        'rekey.waiting.for': 'waiting for 1 of 2 replicas to send the new key',
        'rekey.replicas.count': 1,
      },
      'rekey.replicas': ['http://10.0.0.2:9090'],
    },
  ])
})

it('exports no value: not of a version, nor of the error of another library', async () => {
  const { farSide: far, store, options: parts } = await setUp()
  const { kind } = far
  const values = new Set<string>()
  const note = async () => {
    const { current, pending, previous } = await store.read(NAME)
    for (const version of [current, pending, previous]) {
      if (version !== undefined) values.add(version.value.expose())
    }
  }
  const options = { ...parts, onEvent: note }
  await traced.rotate(kind, options)
  await traced.rotate(kind, { ...options, compromised: true })
  await traced.sweepOrphans(kind, options)
  const careless: RotationKind = {
    ...kind,
    prove: ({ value }) => Promise.reject(new Error(`login with ${value.expose()} failed`)),
  }
  await expect(traced.rotate(careless, options)).rejects.toThrow('failed')
  expect(spanOf('rekey.rotate.prove')).toBeDefined()
  await traced.rollBack(kind, options)
  far.refuse.set('admit', new SecretError('unreachable', 'no answer'))
  await expect(traced.rotate(kind, options)).rejects.toMatchObject({ code: 'stopped' })
  const text = spans().map(textOf).join('\n')
  expect(spans().length).toBeGreaterThan(20)
  expect(values.size).toBeGreaterThan(3)
  for (const value of values) expect(text).not.toContain(value)
})

it('does what the call that it wraps does where no SDK is registered', async () => {
  const { farSide, options, events } = await setUp()
  const tracerProvider = new ProxyTracerProvider()
  const rotated = await withSpans('rotate', rotate, { tracerProvider })(farSide.kind, options)
  expect(rotated).toMatchObject({ secret: NAME })
  expect(events.filter(({ phase }) => phase === 'end')).toHaveLength(8)
  expect(spans()).toEqual([])
})
