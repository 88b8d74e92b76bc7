import { sign } from 'node:crypto'
import { expect, it } from 'vitest'
import { failureOf } from '../../test/ca.support.ts'
import { bareEscrow } from '../../test/escrow.support.ts'
import { signStatement } from '../signed-statement.ts'
import { deriveSigningKey, verifierOf } from './derived-key.ts'
import { checkCustodians, parseAuthority, parseEscrowSet } from './escrow-set.ts'

const escrow = await bareEscrow()
const [custodian, ...others] = escrow.content.custodians
const HEX = '0123456789abcdef'

/** Has the first custodian say something else. */
const ofFirst = (changes: object) => ({ custodians: [{ ...custodian, ...changes }, ...others] })

it('has what the CA and its escrow have signed', () => {
  expect(parseEscrowSet(escrow.text)).toEqual({ ...escrow.content, authority: escrow.stated })
})

it('is signed by the key that each release derives from the secret', () => {
  const key = deriveSigningKey(escrow.secret, 'rekey escrow 1: verifier')
  expect(escrow.stated.verifier).toBe(verifierOf(key))
})

it.each<[what: string, changes: object]>([
  ['a name that is too short', { set: HEX.slice(1) }],
  ['a name that is too long', { set: `${HEX}0` }],
  ['text before its name', { set: `x${HEX}` }],
  ['a name in capitals', { set: HEX.toUpperCase() }],
  ['one share that recovers', { threshold: 1 }],
  ['half of a share', { threshold: 2.5 }],
  ['a time that is none', { created: 'today' }],
  ['one custodian', { custodians: [custodian] }],
  ['a member more', { more: 1 }],
  ['a custodian of no index', ofFirst({ index: 0 })],
  ['a custodian without a name', ofFirst({ holder: '' })],
  ['a commitment that is too short', ofFirst({ commitment: HEX.repeat(4).slice(1) })],
  ['a commitment that is too long', ofFirst({ commitment: `${HEX.repeat(4)}0` })],
  ['text before a commitment', ofFirst({ commitment: `x${HEX.repeat(4)}` })],
  ['a custodian without a key', ofFirst({ verifier: '' })],
  ['a custodian of a member more', ofFirst({ more: 1 })],
])('rejects a set that its escrow has signed with %s', async (_, changes) => {
  const text = await escrow.withSet(changes)
  expect(await failureOf(() => parseEscrowSet(text))).toMatchObject({
    code: 'rejected',
    details: { reason: 'escrow-set' },
  })
})

it.each<[what: string, changes: object]>([
  ['an id that is none', { id: 'bare' }],
  ['no generation', { generation: 0 }],
  ['half of a generation', { generation: 1.5 }],
  ['no key', { spki: '' }],
  ['no recipient', { recipient: '' }],
  ['a member more', { more: 1 }],
])('rejects an escrow that the CA has signed with %s', async (_, changes) => {
  const content = JSON.stringify({ ...escrow.stated, ...changes })
  const authority = await signStatement('escrow authority', content, escrow.signer)
  expect(await failureOf(() => parseAuthority(authority))).toMatchObject({ code: 'rejected' })
})

it('rejects a set of an empty line, though its escrow has signed that', async () => {
  const key = deriveSigningKey(escrow.secret, 'rekey escrow 1: verifier')
  const signer = { sign: (data: Buffer) => Promise.resolve(sign(null, data, key)) }
  const text = escrow.authority + (await signStatement('escrow set', '', signer))
  expect(await failureOf(() => parseEscrowSet(text))).toMatchObject({ code: 'rejected' })
})

it('says to upgrade for a set or an escrow of a newer format, and where to take another file from for a damaged one', async () => {
  const newer = [
    await escrow.withSet({ format: 2 }),
    `${JSON.stringify({ ...escrow.stated, format: 2 })}\n`,
  ]
  for (const text of newer) {
    expect(await failureOf(() => parseEscrowSet(text))).toMatchObject({
      code: 'refused',
      details: { reason: 'format', format: 2 },
    })
  }
  const { message } = await failureOf(() => parseEscrowSet(escrow.authority))
  expect(message).toContain('take it from the newest backup or from another custodian')
})

it.each<[says: string, threshold: number, holders: readonly string[]]>([
  ['at most 60 bytes on one line', 2, ['A', 'B\u0007']],
  ['at most 60 bytes on one line', 2, ['\u0007A', 'B']],
  ['at most 60 bytes on one line', 2, ['A\nB', 'B']],
  ['each custodian once', 2, ['A', 'B', 'A']],
  ['2 or more custodians', 1, ['A', 'B']],
  ['no more than there are', 3, ['A', 'B']],
  ['at most 12 custodians', 2, Array.from({ length: 13 }, (_, at) => `C${at}`)],
])('says what an escrow must have, %s, for %i of %j', async (says, threshold, holders) => {
  const error = await failureOf(() => {
    checkCustodians(threshold, holders)
  })
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'custodians' } })
  expect(error.message).toContain(says)
  expect(error.message).toContain('correct the custodians')
})
