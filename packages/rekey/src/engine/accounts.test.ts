import { SecretError } from '@rekey/secret'
import type { LostVersion, StrangersToClose } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import {
  dieAt,
  expectOneVersion,
  NAME,
  replaceByHand,
  setUp,
} from '../../test/engine/far-side.support.ts'
import { planRotation, rotate, sweepOrphans } from './index.ts'

const roleOf = (version = '') => ({ version, account: `role_${version}` })

/** A kind whose versions log in to an account each. */
async function withAccounts() {
  const found = await setUp()
  const accountOf: RotationKind['accountOf'] = ({ version }) => roleOf(version).account
  const kind: RotationKind = { ...found.farSide.kind, accountOf }
  const intent = async () => (await found.options.journal.entries([NAME]))[0]?.intent
  return { ...found, kind, intent }
}

/** A far side that is asked of versions without a receipt, refuses them, and closes their accounts. */
async function withAsking() {
  const found = await withAccounts()
  const asked: (readonly LostVersion[])[] = []
  const kind: RotationKind = {
    ...found.kind,
    async closeLost(lost, _staged, context) {
      asked.push(lost)
      for (const each of lost) await context.attest({ ...each, evidence: 'it is gone' })
      return lost.map(({ account = 'none' }) => account)
    },
  }
  return { ...found, kind, asked }
}

it('the journal has the account of each version until that has a receipt', async () => {
  const { kind, options, intent } = await withAccounts()
  const { version } = await rotate(kind, options)
  expect((await intent())?.accounts).toEqual([roleOf(version)])
})

it('the journal has the last sixteen accounts that are closed and still there, by their receipts', async () => {
  const { kind, options, intent } = await withAccounts()
  const keeping: RotationKind = {
    ...kind,
    attestsItself: true,
    async revoke(staged, context) {
      await kind.revoke(staged, context)
      const { version } = staged.previous
      await context.attest({ version, evidence: 'it may not log in', isKept: true })
    },
  }
  const made: string[] = []
  for (let n = 0; n < 20; n += 1) made.push((await rotate(keeping, options)).version)
  expect((await intent())?.accounts).toEqual(made.slice(-16).map(roleOf))
})

it.each<[string, Partial<RotationKind>]>([
  ['whose versions have no account', {}],
  [
    'whose values name none',
    {
      accountOf() {
        throw new SecretError('malformed', 'no login')
      },
    },
  ],
])('the journal has no accounts of a kind %s', async (_name, parts) => {
  const { farSide, options, intent } = await withAccounts()
  await rotate({ ...farSide.kind, ...parts }, options)
  expect(await intent()).not.toHaveProperty('accounts')
})

it('a fault of a kind that reads accounts is no value without an account: the rotation ends', async () => {
  const { farSide, options, first, store } = await withAccounts()
  const accountOf = () => {
    throw new TypeError('a fault of the kind')
  }
  await expect(rotate({ ...farSide.kind, accountOf }, options)).rejects.toThrow('a fault')
  expect(await expectOneVersion(store, farSide)).toBe(first)
})

it('the far side is asked of a version that left the store by another hand, with its account, and what that closed is in the result', async () => {
  const { kind, options, store, asked, first, events } = await withAsking()
  const dying = { ...options, onEvent: dieAt('generate end') }
  await expect(rotate(kind, dying)).rejects.toThrow('killed')
  const revoked = await replaceByHand(store)
  const rotated = await rotate(kind, options)
  expect(asked).toEqual([[roleOf(first)]])
  expect(rotated).toMatchObject({ revoked, closed: [roleOf(first).account] })
  expect(rotated).not.toHaveProperty('unproven')
  expect(events.at(-1)).toMatchObject({ step: 'sweep', phase: 'end' })
})

it.each(['with its account', 'without one where its value names none'])(
  'the far side is asked of an old version whose end was shown by nothing else, %s; the receipt has that and no more',
  async (name) => {
    const { kind, options, asked, first, intent } = await withAsking()
    const isNamed = name === 'with its account'
    const accountOf: RotationKind['accountOf'] = ({ version }) => {
      if (version === first && !isNamed) throw new SecretError('malformed', 'no login')
      return roleOf(version).account
    }
    const rotated = await rotate({ ...kind, accountOf, attestsItself: true }, options)
    const lost = isNamed ? roleOf(first) : { version: first }
    expect(asked).toEqual([[lost]])
    expect(rotated).toMatchObject({ revoked: first })
    expect(rotated).not.toHaveProperty('unproven')
    const receipt = { ...lost, evidence: 'it is gone', at: expect.any(Number) as number }
    expect((await intent())?.receipts).toEqual([receipt])
  },
)

it('the far side is asked of a version without an account where its kind has none', async () => {
  const { kind, options, asked, first } = await withAsking()
  const unnamed = { ...kind, attestsItself: true }
  delete unnamed.accountOf
  expect(await rotate(unnamed, options)).toMatchObject({ revoked: first })
  expect(asked).toEqual([[{ version: first }]])
})

it('an old version whose end nothing shows is unproven, and not revoked', async () => {
  const { kind, options, first } = await withAccounts()
  const silent: RotationKind = {
    ...kind,
    attestsItself: true,
    closeLost: () => Promise.resolve([]),
  }
  const rotated = await rotate(silent, options)
  expect(rotated).toMatchObject({ unproven: [first] })
  expect(rotated).not.toHaveProperty('revoked')
})

it('the far side is asked of no version where each has a receipt, also where it closes strangers', async () => {
  const { kind, options, asked } = await withAsking()
  const closings: StrangersToClose[] = []
  const closing: RotationKind = {
    ...kind,
    strangers: () => Promise.resolve(['role_other']),
    closeStrangers: (found) => {
      closings.push(found)
      return Promise.resolve(found.others)
    },
  }
  const { closed } = await rotate(closing, { ...options, closeStrangers: true })
  expect([asked, closed]).toEqual([[], ['role_other']])
  expect(closings).toEqual([{ recorded: [], others: ['role_other'] }])
})

it('where nothing was rotated yet, every stranger is one that the journal does not know', async () => {
  const { kind, options } = await withAccounts()
  const strangers = () => Promise.resolve(['role_other'])
  const plan = await planRotation({ ...kind, strangers }, options)
  expect(plan.strangers).toEqual({ recorded: [], others: ['role_other'] })
})

/** A secret of which the journal has an account that the store lost, and nothing is open. */
async function withOrphan() {
  const found = await withAccounts()
  await expect(
    rotate(found.kind, { ...found.options, onEvent: dieAt('admit end') }),
  ).rejects.toThrow('killed')
  const { pending, revision } = await found.store.read(NAME)
  await found.store.abort(NAME, revision)
  const { version } = await rotate(found.kind, found.options)
  const left: (readonly LostVersion[] | undefined)[] = []
  const kind: RotationKind = {
    ...found.kind,
    sweep: async (_staged, context, orphans = []) => {
      left.push(orphans)
      for (const each of orphans) await context.attest({ ...each, evidence: 'it is removed' })
      return orphans.map(({ account }) => account ?? '')
    },
  }
  return { ...found, kind, left, orphan: roleOf(pending?.version), current: roleOf(version) }
}

it('a sweep gets the accounts that the journal has and the store does not, and the journal forgets those that it attests', async () => {
  const { kind, options, left, orphan, current, intent } = await withOrphan()
  expect((await intent())?.accounts).toEqual([orphan, current])
  expect(await sweepOrphans(kind, options)).toEqual([orphan.account])
  expect((await intent())?.accounts).toEqual([current])
  expect(await sweepOrphans(kind, options)).toEqual([])
  expect(left).toEqual([[orphan], []])
})

it('a sweep of a secret that was never rotated writes no intent, whatever it observes and shows', async () => {
  const { kind, options, intent } = await withAccounts()
  const sweep: RotationKind['sweep'] = async (_staged, context) => {
    await context.saveProgress({ looked: 'once' })
    await context.attest({ version: 'v0', evidence: 'it is removed' })
    return ['role_v0']
  }
  expect(await sweepOrphans({ ...kind, sweep }, options)).toEqual(['role_v0'])
  expect(await intent()).toBeUndefined()
})

it('the journal has no account left once a sweep has attested the end of each that it had', async () => {
  const { kind, options, intent } = await withOrphan()
  const unnamed = { ...kind }
  delete unnamed.accountOf
  await rotate(unnamed, options)
  await sweepOrphans(unnamed, options)
  expect((await intent())?.accounts).toEqual([])
})

it('a sweep that finds nothing leaves the journal as it is', async () => {
  const { farSide, options, intent } = await withAccounts()
  await rotate(farSide.kind, options)
  const before = await intent()
  await sweepOrphans(farSide.kind, options)
  expect(await intent()).toStrictEqual(before)
})

it('a kind that cannot sweep removes nothing', async () => {
  const { farSide, options } = await withAccounts()
  const kind = { ...farSide.kind }
  delete kind.sweep
  expect(await sweepOrphans(kind, options)).toEqual([])
})
