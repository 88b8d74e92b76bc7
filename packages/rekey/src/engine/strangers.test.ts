import { SecretError } from '@rekey/secret'
import type { StrangersToClose } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { dieAt, keepAudit, setUp } from '../../test/engine/far-side.support.ts'
import { rotate } from './index.ts'

/** A far side with an account for each version, one that the journal has of a version that the store lost, and one that it never saw. */
async function withStrangers() {
  const { farSide, options, store } = await setUp()
  const lost: string[] = []
  const closings: StrangersToClose[] = []
  const kind: RotationKind = {
    ...farSide.kind,
    accountOf: ({ version }) => `role_${version}`,
    strangers: () => Promise.resolve([...lost, 'role_other']),
    closeStrangers: (closing) => {
      closings.push(closing)
      return Promise.resolve([...closing.recorded, ...closing.others])
    },
  }
  await expect(rotate(kind, { ...options, onEvent: dieAt('admit end') })).rejects.toThrow('killed')
  const { pending, revision } = await store.read(kind.name)
  lost.push(`role_${pending?.version}`)
  await store.abort(kind.name, revision)
  return { farSide, kind, options, lost, closings }
}

it('closes accounts that the journal has of the secret, and reports others', async () => {
  const { kind, options, lost, closings } = await withStrangers()
  const result = await rotate(kind, options)
  expect(result).toMatchObject({ closed: lost, strangers: ['role_other'] })
  expect(closings).toEqual([{ recorded: lost, others: [] }])
})

it.each([
  ['it leaked', { compromised: true }],
  ['that was asked for', { closeStrangers: true }],
])('closes others too where %s', async (_name, order) => {
  const { kind, options, lost } = await withStrangers()
  const result = await rotate(kind, { ...options, ...order })
  expect(result.closed).toEqual([...lost, 'role_other'])
  expect(result).not.toHaveProperty('strangers')
})

it('a version without an account, as one set by hand, is rotated all the same', async () => {
  const { farSide, options, first } = await setUp()
  const accountOf = () => {
    throw new SecretError('malformed', 'no login')
  }
  const strangers = () => Promise.resolve(['role_other'])
  const result = await rotate({ ...farSide.kind, accountOf, strangers }, options)
  expect(result).toMatchObject({ revoked: first, strangers: ['role_other'] })
})

it.each([
  ['refused', 'refused'],
  ['unreachable', 'failed'],
] as const)('a step that ends with %s is audited as %s', async (code, outcome) => {
  const { farSide, options } = await setUp()
  const { audited, audit } = keepAudit()
  farSide.refuse.set('admit', new SecretError(code, 'no'))
  await expect(rotate(farSide.kind, { ...options, audit })).rejects.toMatchObject({ step: 'admit' })
  const ends = audited.filter(({ action }) => action === 'rotation.admit')
  expect(ends).toMatchObject([{ outcome, details: { reason: code } }])
})
