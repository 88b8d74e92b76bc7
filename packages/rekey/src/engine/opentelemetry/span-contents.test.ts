import { SpanStatusCode } from '@opentelemetry/api'
import { SecretError } from '@rekey/secret'
import type { LateUse } from '@rekey/secret/internal/kind'
import type { RotationKind, StepContext } from '@rekey/secret/kind'
import { expect, it, vi } from 'vitest'
import { NAME, setUp } from '../../../test/engine/far-side.support.ts'
import { recordSpans } from '../../../test/engine/recorded-spans.support.ts'
import { rotate, RotationError } from '../index.ts'
import type { RotationEvent } from '../internal.ts'
import { withParentOf, withSpans } from '../opentelemetry.ts'

const { spans, spanOf } = recordSpans()
const rotateTraced = withSpans('rotate', rotate)

it('shows two steps that failed, and gives the error of the rotation to the one that it is about', async () => {
  const { farSide: far, options } = await setUp()
  far.refuse.set('prove', new SecretError('rejected', 'the new one does not work'))
  far.refuse.set('abort', new SecretError('unreachable', 'no answer'))
  await expect(rotateTraced(far.kind, options)).rejects.toMatchObject({ step: 'abort' })
  expect(spanOf('rekey.rotate.prove')).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'rekey.step': 'prove' },
  })
  expect(spanOf('rekey.rotate.prove')?.attributes).not.toHaveProperty(['error.type'])
  expect(spanOf('rekey.rotate.abort')?.attributes).toMatchObject({ 'error.type': 'stopped' })
})

const ABSENT = { absent: 'http://10.0.0.1:9090 http://10.0.0.2:9090' }
const AT = { step: 'admit', reason: 'unreachable', details: ABSENT } as const

it.each<[string, unknown, string | undefined, object]>([
  [
    'of a rotation that is stuck: with its step, its reason and the replicas that do not answer',
    new RotationError('stuck', NAME, 'two replicas do not answer', AT),
    'two replicas do not answer',
    {
      ...{ 'error.type': 'stuck', 'rekey.step': 'admit', 'rekey.reason': 'unreachable' },
      'rekey.replicas': ABSENT.absent.split(' '),
    },
  ],
  [
    'of a rotation that began no step: by its code alone',
    new RotationError('busy', NAME, 'another one rotates it'),
    'another one rotates it',
    { 'error.type': 'busy' },
  ],
  [
    'of a store: by its code',
    new SecretError('unreachable', 'the store does not answer', ABSENT),
    'the store does not answer',
    { 'error.type': 'unreachable' },
  ],
  [
    'of another library: by its name, since its message may hold a value',
    new TypeError('cannot parse it'),
    undefined,
    { 'error.type': 'TypeError' },
  ],
  ['that is none: as such', 'cannot parse it', undefined, { 'error.type': '_OTHER' }],
])('a span tells an error %s', async (_name, error, message, attributes) => {
  const { farSide, options } = await setUp()
  const failing = vi.fn<typeof rotate>().mockRejectedValue(error)
  await expect(withSpans('check', failing)(farSide.kind, options)).rejects.toBe(error)
  const { status, attributes: found = {} } = spanOf('rekey.check') ?? {}
  expect(status).toEqual({ code: SpanStatusCode.ERROR, ...(message && { message }) })
  expect(found).toEqual({
    ...{ 'rekey.secret.name': NAME, 'rekey.secret.kind': 'text', 'rekey.compromised': false },
    ...attributes,
  })
})

it.each<[string, object, object]>([
  [
    'a rotation',
    { secret: NAME, version: 'v2', revoked: 'k1', unproven: ['v0'], strangers: ['role_x'] },
    {
      ...{ 'rekey.version.current': 'v2', 'rekey.version.revoked': 'k1' },
      ...{ 'rekey.version.unproven': ['v0'], 'rekey.strangers': ['role_x'] },
    },
  ],
  [
    'a rotation that closed an account',
    { secret: NAME, version: 'v2', closed: ['role_1'], gapMs: 3 },
    { 'rekey.version.current': 'v2', 'rekey.closed': ['role_1'] },
  ],
  [
    'a rollback',
    { secret: NAME, version: 'v1', removed: 'k2' },
    { 'rekey.version.current': 'v1', 'rekey.version.removed': 'k2' },
  ],
  ['a sweep', ['role_1', 'role_2'], { 'rekey.closed': ['role_1', 'role_2'] }],
])('the span of %s has versions, key ids and role names of its result', async (_name, ...of) => {
  const [result, attributes] = of
  const { farSide, options } = await setUp()
  const work = vi.fn<() => Promise<object>>().mockResolvedValue(result)
  await withSpans('check', work)(farSide.kind, { ...options, compromised: true })
  expect(spanOf('rekey.check')?.attributes).toEqual({
    ...{ 'rekey.secret.name': NAME, 'rekey.secret.kind': 'text', 'rekey.compromised': true },
    ...attributes,
  })
})

/** Rotates with spans, and has `confirm` do that. */
async function confirmBy(confirm: (context: StepContext) => void | Promise<void>) {
  const { farSide, options, events } = await setUp()
  const kind = { ...farSide.kind, confirm: async (_: unknown, of: StepContext) => confirm(of) }
  await rotateTraced(kind, options)
  return events
}

const eventsOf = (step: string) =>
  spanOf(`rekey.rotate.${step}`)?.events.map(({ name, attributes }) => ({ name, attributes }))

it('has an event for a use after its time, with the version and where that came from', async () => {
  const lateUse: LateUse = {
    ...{ type: 'stale-or-stolen', id: 'key_1', source: '10.0.0.9 at http://10.0.0.1' },
    count: 3,
  }
  await confirmBy((context) => context.alarm(lateUse))
  const message = 'stale-or-stolen: key_1 was shown 3 times by 10.0.0.9 at http://10.0.0.1'
  const used = { 'rekey.version.used': 'key_1', 'client.address': lateUse.source }
  expect(eventsOf('confirm')).toEqual([
    { name: 'rekey.alarm', attributes: { 'rekey.alarm': message, ...used } },
  ])
})

it('names twenty of the replicas that are waited for at most, and counts all', async () => {
  const late = Array.from({ length: 30 }, (_, n) => `http://10.0.0.${n}:9090`)
  await confirmBy((context) => {
    context.waiting('waiting for a session to end')
    context.waiting('waiting for replicas', late)
  })
  expect(eventsOf('confirm')).toEqual([
    { name: 'rekey.waiting', attributes: { 'rekey.waiting.for': 'waiting for a session to end' } },
    {
      name: 'rekey.waiting',
      attributes: {
        ...{ 'rekey.waiting.for': 'waiting for replicas', 'rekey.replicas.count': 30 },
        'rekey.replicas': late.slice(0, 20),
      },
    },
  ])
})

it('adds what a step reports after its end to no span, and passes it on all the same', async () => {
  const { farSide, options, events } = await setUp()
  let late: StepContext | undefined
  const kind: RotationKind = {
    ...farSide.kind,
    prove: (_, __, context) => Promise.resolve(void (late = context)),
    confirm: () => Promise.resolve(late?.waiting('late in another step')),
  }
  const onEvent = (event: RotationEvent) => {
    if (event.step === 'confirm' && event.phase === 'end') late?.waiting('late between two steps')
    events.push(event)
  }
  await rotateTraced(kind, { ...options, onEvent })
  expect(spans().flatMap((span) => span.events)).toEqual([])
  const waits = events.filter(({ phase }) => phase === 'waiting')
  expect(waits.map(({ message }) => message)).toEqual([
    'late in another step',
    'late between two steps',
  ])
})

it('has its span in the trace that the environment names in TRACEPARENT and TRACESTATE', async () => {
  const { farSide, options } = await setUp()
  const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
  const env = { TRACEPARENT: `00-${traceId}-${spanId}-01`, TRACESTATE: 'ci=job1' }
  await withParentOf(env, () => rotateTraced(farSide.kind, options))
  const parent = spanOf('rekey.rotate')?.parentSpanContext
  expect(parent).toMatchObject({ traceId, spanId })
  expect(parent?.traceState?.serialize()).toBe('ci=job1')
})

it.each([{}, { TRACEPARENT: 'no such thing' }])(
  'is a trace of its own where the environment is %j',
  async (env) => {
    const { farSide, options } = await setUp()
    const { store, journal } = options
    const parts = { store, journal }
    const { secret } = await withParentOf(env, () => rotateTraced(farSide.kind, parts))
    expect(secret).toBe(NAME)
    expect(spanOf('rekey.rotate')?.parentSpanContext).toBeUndefined()
    expect(spanOf('rekey.rotate')?.instrumentationScope.name).toBe('@rekey/rekey')
  },
)
