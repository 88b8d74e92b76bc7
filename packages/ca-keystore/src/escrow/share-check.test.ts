import { sign } from 'node:crypto'
import { createFakeClock, Secret, systemClock } from '@rekey/secret'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { beforeAll, expect, it } from 'vitest'
import { held } from '../../test/backup/backup.support.ts'
import { failureOf, newRoot } from '../../test/ca.support.ts'
import { bareEscrow } from '../../test/escrow.support.ts'
import { checkShare, createEscrow, recordShareCheck, stateShareCheck } from '../internal.ts'
import { signStatement } from '../signed-statement.ts'
import type { CustodianShare } from './split-secret.ts'
import { encodeShare, readShare } from './share-text.ts'

replaceScrypt()

let directory: string
let escrow: string
let shares: readonly CustodianShare[]
beforeAll(async () => {
  const root = await newRoot()
  await root.ca.close()
  directory = root.directory
  const deliver = (made: readonly CustodianShare[], text: string) => {
    ;[shares, escrow] = [made, text]
    return Promise.resolve()
  }
  const passphrase = held(root.passphrase)
  await createEscrow({ directory, passphrase, threshold: 2, holders: ['Alice', 'Bob'], deliver })
})

const shareAt = (at: number) => {
  const share = shares[at] ?? expect.fail('there are two shares')
  return { name: share.holder, ...share }
}
/** A statement that the share of Alice signs, whatever it says. */
function signed(changes: object, kind = 'share check') {
  const { key, set, index } = readShare(shareAt(0).text, 'Alice')
  const signer = { sign: (data: Buffer) => Promise.resolve(sign(null, data, key)) }
  const content = { format: 1, set, share: index, checked: new Date(), ...changes }
  return signStatement(kind, JSON.stringify(content), signer)
}
const record = (statement: string) => recordShareCheck({ directory, statement })

it('states what share was checked, of which set and when, on one line, and tells that to the custodian', async () => {
  const clock = createFakeClock()
  const { check, statement } = await stateShareCheck({ escrow, share: shareAt(1), clock })
  expect(check).toEqual(checkShare({ escrow, share: shareAt(1) }))
  expect(JSON.parse(statement.split('\n')[0] ?? '')).toEqual({
    ...{ format: 1, set: check.set, share: 2 },
    checked: new Date(clock.now()).toISOString(),
  })
})

it.each<[what: string, changes: object, code: string, reason: string, says: string]>([
  ['of another set', { set: 'other' }, 'refused', 'other-set', 'is of the set other, not of'],
  ['of another share', { share: 2 }, 'rejected', 'share-check', 'not signed by a share of the set'],
  ['of a share that is not there', { share: 9 }, 'rejected', 'share-check', 'not signed'],
  ['of half of a share', { share: 1.5 }, 'rejected', 'share-check', 'not signed'],
  ['of no time', { checked: 'now' }, 'rejected', 'share-check', 'is damaged'],
  ['with a member more', { more: 1 }, 'rejected', 'share-check', 'is damaged'],
  ['without a format', { format: undefined }, 'rejected', 'share-check', 'is damaged'],
  [
    'of the future',
    { checked: '2999-01-01T00:00:00.000Z' },
    'refused',
    'clock',
    'of Alice is of the future (2999-01-01T00:00:00.000Z): a clock is wrong',
  ],
])(
  'refuses a statement %s, and says to check the share again',
  async (_, changes, code, reason, says) => {
    const error = await failureOf(async () => record(await signed(changes)))
    expect(error).toMatchObject({ code, details: { reason } })
    expect(error.message).toContain(says)
    expect(error.message).toContain('have the custodian check the share again')
  },
)

it('refuses a statement of another kind, and one of a newer format', async () => {
  expect(await failureOf(async () => record(await signed({}, 'escrow set')))).toMatchObject({
    details: { reason: 'share-check' },
  })
  expect(await failureOf(async () => record(await signed({ format: 2 })))).toMatchObject({
    details: { reason: 'format' },
  })
})

it('records each check of a share once, and names the one that is recorded or older', async () => {
  const nowMs = systemClock.now()
  const at = (ms: number) => signed({ checked: new Date(nowMs + ms) })
  await record(await at(-1000))
  await record(await at(0))
  for (const ms of [0, -500, -1000]) {
    const error = await failureOf(async () => record(await at(ms)))
    expect(error).toMatchObject({ code: 'conflict', details: { reason: 'recorded' } })
    expect(error.message).toContain(`of Alice (${new Date(nowMs + ms).toISOString()}) is recorded`)
  }
  const clock = createFakeClock(nowMs - 2000)
  const { statement } = await stateShareCheck({ escrow, share: shareAt(1), clock })
  expect(await record(statement)).toMatchObject({ index: 2, holder: 'Bob' })
})

it('describes a share without its value', () => {
  const { spki, set, ...check } = checkShare({ escrow, share: shareAt(0) })
  expect(check).toEqual({ index: 1, holder: 'Alice', threshold: 2, count: 2 })
  expect(spki).toMatch(/^[0-9a-f]{64}$/)
  expect(readShare(shareAt(0).text, 'Alice')).toMatchObject({ set, spki: spki.slice(0, 32) })
})

it('says of a share of another CA, another set or other bytes to leave it out, and to bring another one', async () => {
  const other = await bareEscrow()
  const [foreign] = other.shares
  const read = readShare(shareAt(0).text, 'Alice')
  const edited = (changes: object) => encodeShare({ ...read, ...changes }).text
  const wrong: readonly [Secret | undefined, string, string, string][] = [
    [foreign?.text, 'refused', 'other-ca', 'is of the escrow of another CA'],
    [
      edited({ set: '0'.repeat(16) }),
      'refused',
      'other-set',
      `is of the set ${'0'.repeat(16)}, not of ${read.set}`,
    ],
    [edited({ count: 3 }), 'rejected', 'bad-share', 'was changed: the set does not commit to it'],
    [edited({ index: 3 }), 'rejected', 'bad-share', 'was changed'],
  ]
  for (const [text = Secret.of('', 'share'), code, reason, says] of wrong) {
    const share = { name: 'alice.txt', text }
    for (const attempt of [checkShare, stateShareCheck]) {
      const error = await failureOf(() => attempt({ escrow, share }))
      expect(error).toMatchObject({ code, details: { reason, share: 'alice.txt' } })
      expect(error.message).toContain(`share alice.txt ${says}`)
      expect(error.message).toContain('leave it out, and bring another share of the set')
    }
  }
})
