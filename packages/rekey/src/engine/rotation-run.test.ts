import { createFakeClock, SecretError } from '@rekey/secret'
import type { RotationKind, SqlClient, StepContext } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { dieAt, keepAudit, NAME, setUp } from '../../test/engine/far-side.support.ts'
import { createMemoryJournal, rotate, type RotationJournal } from './index.ts'
import type { RotationIntent } from './internal.ts'

const intentIn = async (journal: RotationJournal) => (await journal.entries([NAME]))[0]?.intent

it('the receipts of earlier rotations stay in the journal, with what showed them', async () => {
  const { farSide, options, first } = await setUp()
  const { version } = await rotate(farSide.kind, options)
  await rotate(farSide.kind, options)
  const { receipts } = (await intentIn(options.journal)) ?? {}
  const evidence = 'the text kind has revoked it'
  expect(receipts).toMatchObject([first, version].map((each) => ({ version: each, evidence })))
})

it('what a kind has observed before the promotion ends with it', async () => {
  const { farSide, options } = await setUp()
  const seen: unknown[] = []
  const kind: RotationKind = {
    ...farSide.kind,
    async admit(staged, context) {
      await farSide.kind.admit(staged, context)
      await context.saveProgress({ asked: 'once' })
    },
    prove: (_, __, { progress }) => Promise.resolve(void seen.push(progress)),
    confirm: (_, { progress }) => Promise.resolve(void seen.push(progress)),
  }
  await rotate(kind, options)
  expect(seen).toEqual([{ asked: 'once' }, undefined])
})

/** Notes in each step that it gets how long ago the promotion was. */
function agesOf(kind: RotationKind) {
  const ages: (readonly [step: string, ms: number | undefined])[] = []
  const note = (step: string, { sincePromoteMs }: StepContext) =>
    void ages.push([step, sincePromoteMs?.()])
  const noting: RotationKind = {
    ...kind,
    admit(staged, context) {
      note('admit', context)
      return kind.admit(staged, context)
    },
    confirm(staged, context) {
      note('confirm', context)
      return kind.confirm(staged, context)
    },
  }
  return { ages, kind: noting }
}

it('the promotion of the rotation before is none of this one', async () => {
  const { farSide, options } = await setUp()
  const clock = createFakeClock()
  const { ages, kind } = agesOf(farSide.kind)
  await rotate(kind, { ...options, clock })
  await clock.advance(60_000)
  await rotate(kind, { ...options, clock })
  const each = [
    ['admit', undefined],
    ['confirm', 0],
  ]
  expect(ages).toEqual([...each, ...each])
})

it('the time since a promotion that the journal has lost begins with the run that finds it', async () => {
  const { farSide, options, store } = await setUp()
  const clock = createFakeClock()
  const dying = { ...options, clock, onEvent: dieAt('promote end') }
  await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
  const journal = createMemoryJournal()
  const { ages, kind } = agesOf(farSide.kind)
  farSide.refuse.set('confirm', new SecretError('unreachable', 'no answer'))
  const late = { ...options, journal, clock }
  await clock.advance(60_000)
  await expect(rotate(kind, late)).rejects.toMatchObject({ step: 'confirm' })
  const { version } = (await store.read(NAME)).current
  expect(await intentIn(journal)).toMatchObject({ to: { version }, promotedAt: clock.now() })
  await clock.advance(1_000)
  await expect(rotate(kind, late)).rejects.toMatchObject({ step: 'confirm' })
  expect(ages).toEqual([
    ['confirm', 0],
    ['confirm', 1_000],
  ])
})

/** A journal whose claims have transactions, and the clients by which each intent was written. */
function transactional() {
  const journal = createMemoryJournal()
  const client = { query: () => Promise.reject(new Error('unused')) } as unknown as SqlClient
  const written: (readonly [client: SqlClient | undefined, intent: RotationIntent])[] = []
  const wrapped: RotationJournal = {
    ...journal,
    async claim(...request) {
      const claim = await journal.claim(...request)
      return {
        ...claim,
        setIntent(intent, by) {
          written.push([by, intent])
          return claim.setIntent(intent)
        },
        transaction: (work) => work(client),
      }
    },
  }
  return { journal: wrapped, client, written: () => written.filter(([by]) => by === client) }
}

/** A kind that revokes by `work` in a transaction. */
function revokingIn(
  kind: RotationKind,
  work: (client: SqlClient) => Promise<string>,
  { isShown = true } = {},
) {
  const results: (string | undefined)[] = []
  const revoking: RotationKind = {
    ...kind,
    attestsItself: true,
    async revoke(staged, context) {
      const shown = { version: staged.previous.version, evidence: 'the role does not exist' }
      results.push(await context.transaction?.(work, isShown ? shown : undefined))
      await kind.revoke(staged, context)
    },
  }
  return { results, kind: revoking }
}

it('the receipt of a version is written in the transaction that ends it', async () => {
  const { farSide, options, first } = await setUp()
  const { journal, client, written } = transactional()
  const clients: SqlClient[] = []
  const { kind, results } = revokingIn(farSide.kind, (by) => {
    clients.push(by)
    return Promise.resolve('dropped')
  })
  expect(await rotate(kind, { ...options, journal })).toMatchObject({ revoked: first })
  expect([results, clients]).toEqual([['dropped'], [client]])
  const receipts = [{ version: first, evidence: 'the role does not exist' }]
  expect(written().map(([, intent]) => intent)).toMatchObject([{ receipts }])
  expect(await intentIn(journal)).toMatchObject({ receipts })
})

it('a transaction that shows nothing writes no receipt', async () => {
  const { farSide, options, first } = await setUp()
  const { journal, written } = transactional()
  const { kind, results } = revokingIn(farSide.kind, () => Promise.resolve('asked'), {
    isShown: false,
  })
  expect(await rotate(kind, { ...options, journal })).toMatchObject({ unproven: [first] })
  expect([results, written()]).toEqual([['asked'], []])
  expect(await intentIn(journal)).toMatchObject({ outcome: { unproven: [first] } })
})

it('a transaction that fails leaves no receipt behind', async () => {
  const { farSide, options } = await setUp()
  const { journal } = transactional()
  const failing = revokingIn(farSide.kind, () =>
    Promise.reject(new SecretError('unreachable', 'no answer')),
  )
  const rotating = rotate(failing.kind, { ...options, journal })
  await expect(rotating).rejects.toMatchObject({ step: 'revoke', reason: 'unreachable' })
  expect(await intentIn(journal)).not.toHaveProperty('receipts')
})

it('a step has no transactions where the journal has none', async () => {
  const { farSide, options } = await setUp()
  let found: StepContext | undefined
  const confirm = (_: unknown, context: StepContext) => Promise.resolve(void (found = context))
  await rotate({ ...farSide.kind, confirm }, options)
  expect(found).not.toHaveProperty('transaction')
})

it('a rotator that was taken over learns it at its fence, before it orders anything', async () => {
  const { farSide, options } = await setUp()
  let isFirst = true
  const orders: string[] = []
  const kind: RotationKind = {
    ...farSide.kind,
    async admit(staged, context) {
      if (isFirst) {
        isFirst = false
        await rotate(kind, { ...options, holder: 'urgent', compromised: true })
      }
      await context.fence()
      orders.push(context.compromised ? 'of urgent' : 'of slow')
      await farSide.kind.admit(staged, context)
    },
  }
  const failure = { code: 'fenced', step: undefined, details: { emergency: 'urgent' } }
  await expect(rotate(kind, { ...options, holder: 'slow' })).rejects.toMatchObject(failure)
  expect(orders).toEqual(['of urgent'])
})

it.each<[string, string]>([
  ['read', "the store's answer for NAME"],
  ['confirm', 'the end of confirm of NAME'],
])('where %s takes longer than a step may, the error names that', async (what, named) => {
  const { farSide, options, store } = await setUp()
  const clock = createFakeClock()
  const endless = () => new Promise<never>(() => undefined)
  const kind = { ...farSide.kind, ...(what === 'confirm' && { confirm: endless }) }
  const parts = { ...options, clock, stepLimitMs: 20_000, leaseMs: 60_000 }
  const lasting = { ...parts, store: { ...store, ...(what === 'read' && { read: endless }) } }
  const failure = {
    ...{ code: 'stopped', reason: 'unreachable', step: what === 'read' ? undefined : what },
    message: expect.stringContaining(named) as string,
  }
  const late = expect(rotate(kind, lasting)).rejects.toMatchObject(failure)
  await expect.poll(() => what === 'read' || farSide.calls.includes('prove')).toBe(true)
  for (let n = 0; n < 3; n += 1) await clock.advance(10_000)
  await late
})

it('a store that does not answer at the very beginning is reported at once, and audited as no step', async () => {
  const { farSide, options, store } = await setUp()
  const { audited, audit } = keepAudit()
  const read = () => Promise.reject(new SecretError('unreachable', 'the store is away'))
  const clock = createFakeClock()
  const rotating = rotate(farSide.kind, { ...options, clock, audit, store: { ...store, read } })
  await expect(rotating).rejects.toMatchObject({
    ...{ code: 'stopped', reason: 'unreachable', step: undefined },
    message: `${NAME} stopped at its journal or store: the store is away`,
  })
  expect(audited).toEqual([])
})
