import { createMemoryStore } from '@rekey/config-loader/store'
import { expect, it } from 'vitest'
import { NAME, newText } from '../../test/engine/far-side.support.ts'
import {
  lostVersions,
  receiptFor,
  receiptsBeside,
  type RevocationReceipt,
  type RotationIntent,
  withReceipt,
} from './journal.ts'

const receiptOf = (version: string, at = 1): RevocationReceipt => ({
  ...{ version, at },
  evidence: `${version} is refused`,
})

/** A secret in the store with two versions, the pending one and the current one. */
async function staged() {
  const store = createMemoryStore({ [NAME]: newText().expose() })
  const { revision } = await store.read(NAME)
  const both = await store.stage(NAME, newText(), revision)
  return { both, current: both.current.version, pending: both.pending?.version ?? '' }
}

it('a receipt takes the place of an older one of its version, and leaves those of others', () => {
  const before = [receiptOf('v1'), receiptOf('v2')]
  expect(withReceipt(before, receiptOf('v1', 2))).toEqual([receiptOf('v2'), receiptOf('v1', 2)])
  expect(withReceipt(undefined, receiptOf('v1'))).toEqual([receiptOf('v1')])
})

it('the last 16 receipts are kept', () => {
  const kept = Array.from({ length: 16 }, (_, n) => receiptOf(`v${n}`))
  expect(withReceipt(kept, receiptOf('v16')).map(({ version }) => version)).toEqual(
    Array.from({ length: 16 }, (_, n) => `v${n + 1}`),
  )
})

it('the receipt of a version is that of no other', () => {
  const intent = { mode: 'forward', from: { version: 'v2' } } as const
  const receipts = [receiptOf('v1'), receiptOf('v2')]
  expect(receiptFor({ ...intent, receipts }, { version: 'v2' })).toEqual(receiptOf('v2'))
  expect(receiptFor({ ...intent, receipts }, { version: 'v3' })).toBeUndefined()
  expect(receiptFor(intent, { version: 'v2' })).toBeUndefined()
  expect(receiptFor(undefined, { version: 'v2' })).toBeUndefined()
})

it('the receipt of a version that is in the store again holds no more', async () => {
  const { both, current, pending } = await staged()
  const receipts = ['v1', current, pending].map((version) => receiptOf(version))
  const intent = { mode: 'forward', from: { version: 'v1' } } as const
  expect(receiptsBeside({ ...intent, receipts }, both)).toEqual([receiptOf('v1')])
  expect(receiptsBeside(intent, both)).toEqual([])
  expect(receiptsBeside(undefined, both)).toEqual([])
})

const receipts = [receiptOf('v1')]
const to = { version: 'v2' }

/** Of a rotation from v1, which versions are lost where the store holds none of them. */
const LOST: readonly [string, Partial<RotationIntent>, readonly string[]][] = [
  ['both versions of a rotation', { to }, ['v1', 'v2']],
  [
    'both versions of one that ended before it was rolled back',
    { to, outcome: 'rolled-back' },
    ['v1', 'v2'],
  ],
  ['both versions of a rollback that is open', { to, mode: 'rollback' }, ['v1', 'v2']],
  [
    'the older version of a rollback, whose abort has closed the other',
    { to, mode: 'rollback', outcome: 'rolled-back' },
    ['v1'],
  ],
  ['the older version of a rotation that had promoted none', {}, ['v1']],
  ['no version that has a receipt', { to, receipts }, ['v2']],
  [
    'each that was lost before, once',
    { to, lost: [{ version: 'v0' }, { version: 'v1' }] },
    ['v0', 'v1', 'v2'],
  ],
]

it.each(LOST)('reports as lost %s', async (_, part, lost) => {
  const { both } = await staged()
  const intent = { mode: 'forward', from: { version: 'v1' }, ...part } as const
  expect(lostVersions(intent, both).map(({ version }) => version)).toEqual(lost)
})

it('reports no version as lost that the store holds, nor any without an intent', async () => {
  const { both, current, pending } = await staged()
  const intent = { mode: 'forward', from: { version: current }, to: { version: pending } } as const
  expect(lostVersions(intent, both)).toEqual([])
  expect(lostVersions(undefined, both)).toEqual([])
})
