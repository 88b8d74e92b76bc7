import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock } from '@rekey/secret'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { expect, it } from 'vitest'
import { days, failureOf, freshPath, newRoot, openHeld, orderFor } from '../../test/ca.support.ts'
import { bareCa, forgedCrl } from '../../test/crl/crl.support.ts'
import { createCaKeystore, issuerOf, listsOf } from '../ca-keystore.ts'
import { parseSigningRequest } from '../parse-signing-request.ts'
import { publicKeyDigest } from '../key-digest.ts'
import { signStatement } from '../signed-statement.ts'
import { type ListOrder, ListState } from './list-state.ts'
import type { RevocationReason } from './revoked-certificate.ts'

replaceScrypt()

const START_MS = Date.UTC(2030, 0, 1)
const HASH = 'ab'.repeat(32)

/** A CA whose lists are signed in this process, and could be in others. */
async function newLists() {
  const [clock, directory] = [createFakeClock(START_MS), freshPath()]
  const bare = await bareCa({ clock, directory })
  const issuer = issuerOf(bare.keystore)
  const lists = listsOf(bare.keystore)
  const sign = (number: bigint, revoked: ListOrder['revoked'] = [], by = lists) =>
    by.sign({ number, revoked })
  /** The lists of the key as another process has them. */
  const elsewhere = () => listsOf(createCaKeystore(issuer))
  const listAt = (ms: number, number: bigint, revoked: ListOrder['revoked'] = []) =>
    forgedCrl(bare, {
      ...{ number, revoked },
      ...{ thisUpdate: new Date(START_MS + ms), nextUpdate: new Date(START_MS + ms + days(7)) },
    })
  const state = join(directory, 'crl.state')
  return { ...{ clock, directory, issuer, lists, sign, elsewhere, listAt, state }, ...bare }
}

const at = (ms: number) => new Date(START_MS + ms)
const entry = { serial: '41', revokedAt: at(0) }

it.each<[reason: RevocationReason | undefined, isCompromised: boolean]>([
  ['keyCompromise', true],
  ['cACompromise', true],
  ['aACompromise', false],
  ['superseded', false],
  [undefined, false],
])(
  'K42: a key of a certificate that was revoked for %s counts as compromised: %s, for good',
  async (reason, isCompromised) => {
    const { clock, keystore, lists, sign, elsewhere } = await newLists()
    const order = orderFor({ validityMs: 60_000 })
    const { serial, notAfter } = await keystore.issueCertificate(order)
    const key = publicKeyDigest(parseSigningRequest(order.csr).key.publicKey)
    await sign(1n)
    expect(await lists.isCompromised(key)).toBe(false)
    const revoked = { serial, notAfter, revokedAt: at(0), ...(reason && { reason }) }
    await sign(2n, [revoked])
    await clock.advance(days(1))
    await sign(3n, [revoked])
    await sign(4n)
    for (const each of [lists, elsewhere()]) {
      expect(await each.isCompromised(key)).toBe(isCompromised)
      expect(await each.isCompromised(HASH)).toBe(false)
    }
  },
)

it('K41: signs the list after that which another process of the key has signed', async () => {
  const { lists, sign, elsewhere } = await newLists()
  const other = elsewhere()
  await sign(1n, [entry])
  expect(await other.continueFrom({})).toMatchObject({ number: 1n, revoked: [entry] })
  await sign(2n, [entry], other)
  expect(await failureOf(() => sign(2n, [entry]))).toMatchObject({
    details: { reason: 'crl-number' },
  })
  await sign(3n, [entry])
  expect(await lists.continueFrom({})).toMatchObject({ number: 3n })
})

it('K41: does not go back to a state that was put back, in the process that knows a newer one', async () => {
  const { sign, state } = await newLists()
  await sign(1n)
  const older = await readFile(state)
  await sign(2n, [entry])
  await writeFile(state, older, { mode: 0o600 })
  const error = await failureOf(() => sign(2n))
  expect(error.details).toEqual({ reason: 'crl-number' })
  expect(error.message).toContain('is not 3, which follows')
  expect(error.message).toContain('open the publisher of the lists again')
  await sign(3n, [entry])
})

it('K41: says which revocation is missing from a list, and what to order', async () => {
  const { sign } = await newLists()
  await sign(1n, [entry, { ...entry, serial: '42' }])
  const error = await failureOf(() => sign(2n, [entry]))
  expect(error).toMatchObject({ code: 'refused', details: { serial: '42' } })
  expect(error.message).toContain('would not have the certificate 42')
  expect(error.message).toContain('order a list with all revocations')
})

it('K26: says to restore the list published last where the state and all lists are lost', async () => {
  const { directory, passphrase, ca } = await newRoot()
  await listsOf(ca).sign({ number: 1n, revoked: [] })
  await ca.close()
  await rm(join(directory, 'crl.state'))
  const again = listsOf(await openHeld({ directory, passphrase }))
  const error = await failureOf(() => again.sign({ number: 1n, revoked: [] }))
  expect(error).toMatchObject({ code: 'missing', details: { directory, reason: 'crl-lost' } })
  expect(error.message).toContain('restore crl.pem and revocations.json from a backup')
  expect(error.message).toContain('put the list published last there as crl.pem')
})

it('continues from the list alone: without the ends of its certificates, which stay until the CA ends', async () => {
  const { ca, clock, lists, sign, listAt } = await newLists()
  const known = { list: listAt(0, 5n, [entry]) }
  expect(await lists.continueFrom(known)).toMatchObject({
    number: 5n,
    revoked: [{ ...entry, notAfter: ca.notAfter }],
  })
  await clock.advance(days(100))
  expect(await failureOf(() => sign(6n))).toMatchObject({ details: { reason: 'crl-shorter' } })
  await sign(6n, [entry])
})

it('continues from a list with the ends that it knows of a register from before', async () => {
  const { ca, listAt, sign, elsewhere, state } = await newLists()
  const { register } = await sign(1n, [{ ...entry, notAfter: at(1000) }])
  await rm(state)
  const list = listAt(0, 2n, [entry, { ...entry, serial: '42' }])
  const continued = await elsewhere().continueFrom({ register, list })
  expect(continued?.revoked.map(({ notAfter }) => notAfter)).toEqual([at(1000), ca.notAfter])
})

it.each([
  ['before the last list began leaves', 59_999],
  ['when the last list began stays', 60_000],
])('K41: a certificate that has ended %s', async (what, endMs) => {
  const { clock, lists, sign, listAt } = await newLists()
  await sign(1n, [{ ...entry, notAfter: at(endMs) }])
  await lists.continueFrom({ list: listAt(60_000, 1n, [entry]) })
  await clock.advance(120_000)
  const isSigned = await sign(2n).then(
    () => true,
    () => false,
  )
  expect(isSigned).toBe(what.endsWith('leaves'))
})

it('K41: a list of a clock that was ahead ends no certificate before now', async () => {
  const { clock, lists, sign, listAt } = await newLists()
  await sign(1n, [{ ...entry, notAfter: at(60_000) }])
  await lists.continueFrom({ list: listAt(days(1), 1n, [entry]) })
  await clock.advance(60_000)
  expect(await failureOf(() => sign(2n))).toMatchObject({ details: { reason: 'crl-shorter' } })
  await clock.advance(1)
  await sign(2n)
})

it('K41: no certificate leaves after a list whose beginning is not known', async () => {
  const { clock, sign, elsewhere, state } = await newLists()
  const { register } = await sign(1n, [{ ...entry, notAfter: at(1000) }])
  await rm(state)
  const again = elsewhere()
  await again.continueFrom({ register })
  await clock.advance(days(1))
  expect(await failureOf(() => sign(2n, [], again))).toMatchObject({
    details: { reason: 'crl-shorter' },
  })
})

it('K41: signs numbers below 2^128 alone', async () => {
  const { lists, listAt, sign } = await newLists()
  const limit = 1n << 128n
  await lists.continueFrom({ list: listAt(0, limit - 2n) })
  await sign(limit - 1n)
  expect(await failureOf(() => sign(limit))).toMatchObject({ details: { reason: 'crl-number' } })
})

it('signs lists that are ordered at once one after the other, also after one that was refused', async () => {
  const { sign } = await newLists()
  const orders = [1n, 1n, 2n, 5n, 3n].map((number) => sign(number))
  const outcomes = await Promise.allSettled(orders)
  expect(outcomes.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  ])
})

const STATE = { number: '1', revoked: [], thisUpdate: at(0), compromised: [HASH] }

it('takes a state that the key has signed, with or without the beginning of its list', async () => {
  for (const thisUpdate of [at(0), undefined]) {
    const { issuer, state } = await newLists()
    const text = JSON.stringify({ ...STATE, thisUpdate })
    await writeFile(state, await signStatement('list state', text, issuer.signer), { mode: 0o600 })
    const lists = new ListState(issuer)
    expect(await lists.isCompromised(HASH)).toBe(true)
    expect((await lists.sign({ number: 2n, revoked: [] })).issued.number).toBe(2n)
  }
})

it.each<[what: string, content: object]>([
  ['no number', { ...STATE, number: undefined }],
  ['a beginning that is none', { ...STATE, thisUpdate: 'now' }],
  ['no compromised keys', { ...STATE, compromised: undefined }],
  ['a key that is too short', { ...STATE, compromised: [HASH.slice(1)] }],
  ['a key that is too long', { ...STATE, compromised: [`${HASH}a`] }],
  ['a key that is too long at its beginning', { ...STATE, compromised: [`x${HASH}`] }],
  ['a key in capitals', { ...STATE, compromised: [HASH.toUpperCase()] }],
  ['a member more', { ...STATE, more: 1 }],
])('rejects a state that the key has signed with %s', async (_, content) => {
  const { issuer, lists, state } = await newLists()
  const text = await signStatement('list state', JSON.stringify(content), issuer.signer)
  await writeFile(state, text, { mode: 0o600 })
  expect(await failureOf(() => lists.continueFrom({}))).toMatchObject({
    code: 'rejected',
    details: { path: state, reason: 'list-state' },
  })
})

it('tells a certificate that the last list has from one that it does not have', async () => {
  const { issuer } = await newLists()
  const lists = new ListState(issuer)
  expect(await lists.isRevoked('41')).toBe(false)
  await lists.sign({ number: 1n, revoked: [entry, { ...entry, serial: '43' }] })
  for (const each of [lists, new ListState(issuer)]) {
    expect(await Promise.all(['41', '42', '43'].map((one) => each.isRevoked(one)))).toEqual([
      ...[true, false, true],
    ])
  }
})
