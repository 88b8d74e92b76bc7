import { hostname } from 'node:os'
import type { AuditEvent, AuditSink } from '@rekey/audit-log/internal'
import { createFakeClock, SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { createMemoryJournal, RotationError } from '../engine/index.ts'
import { AuditSpool, settleUnaudited } from '../engine/internal.ts'
import { countUnaudited, type SpooledEvent, withSpooled, writeUnaudited } from './audit-spool.ts'
import type { RotationIntent } from './journal.ts'
import { finishSpool, settledIntent, spoolFor } from './spooled-claim.ts'

const NAME = 'NAME'
const MAX_BYTES = 16 * 1024
const FULL = new SecretError('unwritable', 'the disk is full')
const from = { version: 'v1' }

const eventOf = (subject: string) =>
  ({ actor: 'a', action: 'leak', subject, outcome: 'refused' }) as const
const spooled = (subject: string): SpooledEvent => ({ ...eventOf(subject), spooledAt: 0 })

/** An audit log that answers as the test says. */
function logOf(answer: (event: AuditEvent) => Promise<void> = () => Promise.resolve()) {
  const recorded: AuditEvent[] = []
  const audit: AuditSink = {
    record: (event) => answer(event).then(() => void recorded.push(event)),
  }
  return { audit, recorded }
}

it('a log that takes an event leaves none that waits', async () => {
  const { audit, recorded } = logOf()
  const spool = new AuditSpool(audit)
  await spool.record(eventOf(NAME))
  expect([spool.waiting, recorded]).toEqual([[], [eventOf(NAME)]])
})

it('an event that waits names the person of the log, or none', async () => {
  const { audit } = logOf(() => Promise.reject(FULL))
  const [plain, named] = [new AuditSpool(audit), new AuditSpool({ ...audit, person: 'alice' })]
  await plain.record(eventOf(NAME))
  await named.record(eventOf(NAME))
  expect(plain.waiting[0]).not.toHaveProperty('person')
  expect(named.waiting[0]).toMatchObject({ person: 'alice' })
})

it('events that the journal has are forgotten, and no others; what is lost then is the error of the log', async () => {
  const clock = createFakeClock()
  const { audit } = logOf(() => new Promise(() => undefined))
  const spool = new AuditSpool(audit, clock)
  const first = spool.record(eventOf('one'))
  await clock.advance(2_000)
  await first
  await spool.record(eventOf('two'))
  spool.kept(spool.waiting.slice(0, 1))
  expect(spool.waiting).toMatchObject([{ subject: 'two' }])
  expect(() => {
    spool.requireKept()
  }).toThrow('waiting for the audit log')
  spool.requireKept()
  expect(spool.waiting).toEqual([])
})

it.each([
  ['an event that is no audit event', new SecretError('malformed', 'no actor')],
  ['a fault', new TypeError('fault')],
])('%s does not wait', async (_, failure) => {
  const spool = new AuditSpool(logOf(() => Promise.reject(failure)).audit)
  await expect(spool.record(eventOf(NAME))).rejects.toBe(failure)
  expect(spool.waiting).toEqual([])
})

it('a journal keeps events up to 16 KiB, and not one byte more', () => {
  const spare = MAX_BYTES - Buffer.byteLength(`[],${JSON.stringify(spooled(''))}`)
  const fitting = spooled('x'.repeat(spare))
  expect(withSpooled(undefined, [fitting])).toStrictEqual({ entries: [fitting] })
  const tooLong = spooled('x'.repeat(spare + 1))
  expect(withSpooled(undefined, [tooLong])).toEqual({ entries: [], dropped: 1 })
})

it('once an event is dropped, those after it are too, so that the ones that are kept have no gap', () => {
  const later = [spooled('x'.repeat(MAX_BYTES)), spooled('later')]
  const kept = withSpooled({ entries: [spooled('first')] }, later)
  expect(kept).toEqual({ entries: [spooled('first')], dropped: 2 })
  expect(withSpooled(kept, [spooled('last')])).toMatchObject({ dropped: 3 })
  expect([countUnaudited(kept), countUnaudited(undefined)]).toEqual([3, 0])
})

it('the log learns of events that were dropped, and who is not known is named so', async () => {
  const { audit, recorded } = logOf()
  const save = () => Promise.resolve()
  await writeUnaudited(NAME, { entries: [spooled(NAME)], dropped: 2 }, { audit, save })
  expect(recorded).toMatchObject([
    { action: 'leak', person: 'unknown' },
    { action: 'audit.dropped', outcome: 'failed', subject: NAME, details: { count: 2 } },
  ])
})

it.each([undefined, 2])(
  'where the log fails, what is left is saved, and the number of those that were dropped: %s',
  async (dropped) => {
    const saved: unknown[] = []
    const save = (left: unknown) => Promise.resolve(void saved.push(left))
    const count = dropped === undefined ? {} : { dropped }
    const { audit } = logOf(({ subject }) =>
      subject === 'two' ? Promise.reject(FULL) : Promise.resolve(),
    )
    const entries = ['one', 'two', 'three'].map(spooled)
    const writing = writeUnaudited(NAME, { entries, ...count }, { audit, save })
    await expect(writing).rejects.toBe(FULL)
    expect(saved).toStrictEqual([{ entries: entries.slice(1), ...count }])
  },
)

/** Which rotations do not wait for the audit log. */
const SPOOLED: readonly [string, boolean, RotationIntent | undefined, boolean][] = [
  ['an emergency', false, { mode: 'emergency', from }, true],
  ['a run that begins one', true, undefined, true],
  [
    'a run after one that is over',
    false,
    { mode: 'emergency', from, outcome: 'rolled-back' },
    false,
  ],
  ['a rotation', false, { mode: 'forward', from }, false],
  ['a first run', false, undefined, false],
]

it.each(SPOOLED)('%s has a spool if it is urgent', (_, isEmergency, intent, has) => {
  const { audit } = logOf()
  const clock = createFakeClock()
  const spool = spoolFor({ intent }, { audit, isEmergency, clock })
  expect(spool instanceof AuditSpool).toBe(has)
  expect(spoolFor({ intent }, { audit: undefined, isEmergency, clock })).toBeUndefined()
})

it('a spool is used as it is', () => {
  const clock = createFakeClock()
  const audit = new AuditSpool(logOf().audit)
  expect(spoolFor({ intent: undefined }, { audit, isEmergency: true, clock })).toBe(audit)
})

/** A journal in which an emergency has left an event. */
async function setUp() {
  const journal = createMemoryJournal(createFakeClock())
  const intent: RotationIntent = {
    ...{ mode: 'emergency', from, outcome: 'rolled-back' },
    unaudited: { entries: [spooled(NAME)] },
  }
  const claim = await journal.claim(NAME, 'one', 60_000)
  await claim.setIntent(intent)
  await claim.release()
  return { journal, intent }
}

it('events of an emergency wait where the rotation has no audit log', async () => {
  const { journal, intent } = await setUp()
  const claim = await journal.claim(NAME, 'two', 60_000)
  expect(await settledIntent(claim, { secret: NAME, audit: undefined, spool: undefined })).toBe(
    intent,
  )
})

it('a fault of the log is not taken for one that cannot be written', async () => {
  const { journal } = await setUp()
  const claim = await journal.claim(NAME, 'two', 60_000)
  const { audit } = logOf(() => Promise.reject(new TypeError('fault')))
  await expect(settledIntent(claim, { secret: NAME, audit, spool: undefined })).rejects.toThrow(
    TypeError,
  )
})

it.each<[string, RotationIntent | undefined, number[]]>([
  [
    'of those that the journal keeps, and of those that still wait',
    { mode: 'emergency', from, unaudited: { entries: [spooled(NAME)], dropped: 3 } },
    [5],
  ],
  ['of those that wait alone', undefined, [1]],
])('the end of an emergency reports the number %s', async (_, intent, counts) => {
  const spool = new AuditSpool(logOf(() => Promise.reject(FULL)).audit)
  await spool.record(eventOf(NAME))
  const reported: number[] = []
  const onUnaudited = (count: number) => void reported.push(count)
  const run = { keepSpooled: () => Promise.resolve(), intent }
  await finishSpool(run, { spool, onUnaudited })
  await finishSpool(run, { spool, onUnaudited: undefined })
  expect(reported).toEqual(counts)
})

it('the end of an emergency whose events are all in the log reports none', async () => {
  const reported: number[] = []
  const spool = new AuditSpool(logOf().audit)
  const run = { keepSpooled: () => Promise.resolve(), intent: { mode: 'emergency', from } as const }
  await finishSpool(run, { spool, onUnaudited: (count) => void reported.push(count) })
  expect(reported).toEqual([])
})

it.each([
  ['cannot be reached', new SecretError('unreachable', 'no answer')],
  ['has given the claim to another', new RotationError('fenced', NAME, 'another has it')],
])('the end of an emergency is its outcome where the journal %s', async (_, failure) => {
  const reported: number[] = []
  const spool = new AuditSpool(logOf(() => Promise.reject(FULL)).audit)
  await spool.record(eventOf(NAME))
  const run = { keepSpooled: () => Promise.reject(failure), intent: undefined }
  await finishSpool(run, { spool, onUnaudited: (count) => void reported.push(count) })
  expect(reported).toEqual([1])
})

it('a fault at the end of an emergency is not hidden', async () => {
  const spool = new AuditSpool(logOf().audit)
  const run = { keepSpooled: () => Promise.reject(new TypeError('fault')), intent: undefined }
  await expect(finishSpool(run, { spool, onUnaudited: undefined })).rejects.toThrow('fault')
})

it('what emergencies have left is written under a claim of this process, and no other secret is claimed', async () => {
  const { journal } = await setUp()
  await (await journal.claim('OTHER', 'one', 60_000)).release()
  const holders: string[] = []
  const noting = {
    ...journal,
    claim: (...request: Parameters<typeof journal.claim>) => {
      const [secret, holder] = request
      holders.push(`${secret} ${holder}`)
      return journal.claim(...request)
    },
  }
  const { audit, recorded } = logOf()
  await settleUnaudited({ journal: noting, audit })
  expect(recorded).toMatchObject([{ subject: NAME }])
  expect(holders).toEqual([`${NAME} ${hostname()}:${process.pid}`])
})

it('what is left of a secret that another rotator holds is left to that one', async () => {
  const { journal } = await setUp()
  const found = await journal.entries()
  await journal.claim(NAME, 'two', 60_000)
  const { audit, recorded } = logOf()
  const blind = { ...journal, claim: () => Promise.reject(new TypeError('not to be claimed')) }
  await settleUnaudited({ journal: blind, audit })
  const late = { ...journal, entries: () => Promise.resolve(found) }
  await settleUnaudited({ journal: late, audit })
  expect(recorded).toEqual([])
})

it.each([
  ['the journal cannot be reached', new SecretError('unreachable', 'no answer')],
  ['the claim has gone to another', new RotationError('fenced', NAME, 'another has it')],
])('what emergencies have left is not given up in silence where %s', async (_, failure) => {
  const { journal } = await setUp()
  const failing = { ...journal, claim: () => Promise.reject(failure) }
  await expect(settleUnaudited({ journal: failing, audit: logOf().audit })).rejects.toBe(failure)
})
