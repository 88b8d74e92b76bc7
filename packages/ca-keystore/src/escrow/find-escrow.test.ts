import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEntry } from '@rekey/audit-log/internal'
import { expect, it } from 'vitest'
import { failureOf, freshPath, newRoot } from '../../test/ca.support.ts'
import { bareEscrow } from '../../test/escrow.support.ts'
import type { Biography } from '../biography.ts'
import { recordShareCheck, reshareEscrow } from '../internal.ts'
import {
  findBoundEscrow,
  isEscrowOf,
  isRecorded,
  parseEscrowOf,
  putEscrowInEffect,
} from './bound-escrow.ts'
import { escrowDigest, parseEscrowSet } from './escrow-set.ts'

const escrow = await bareEscrow()
const other = await bareEscrow()
const set = parseEscrowSet(escrow.text)
const sha256 = escrowDigest(escrow.text)

const entry = (action: string, details: object) => ({ action, details }) as unknown as AuditEntry
const biographyOf = (...entries: readonly AuditEntry[]): Biography => ({
  verdict: { ok: true, entries: entries.length, signed: 0, head: { seq: 1, hash: '' } },
  entries,
})

/** Files beside a key, and the biography of the key. */
async function newPlace(files: Record<string, string>, ...entries: readonly AuditEntry[]) {
  const directory = freshPath()
  await mkdir(directory, { mode: 0o700 })
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, name), text, { mode: 0o600 })
  }
  const find = (biography = biographyOf(...entries)) =>
    findBoundEscrow({ directory, identity: escrow.key }, biography)
  return { directory, find }
}

it('is the escrow of a key by its id, its generation and its public key', () => {
  expect(isEscrowOf(set, escrow.key)).toBe(true)
  for (const [name, value] of Object.entries({
    id: other.key.id,
    generation: 2,
    spki: other.key.spki,
  })) {
    const key = { ...escrow.key, [name]: value }
    expect(isEscrowOf(set, key), name).toBe(false)
    expect(() => parseEscrowOf(escrow.text, key), name).toThrow(
      expect.objectContaining({ code: 'refused', details: { reason: 'escrow-other-ca' } }),
    )
  }
})

it('says where to take the escrow of a CA from, or how to create one, in place of that of another CA', async () => {
  const { message } = await failureOf(() => parseEscrowOf(escrow.text, other.key))
  expect(message).toContain('is the escrow of another CA')
  expect(message).toContain('Put escrow.json of the newest backup or of a custodian back')
  expect(message).toContain('rekey ca escrow create DIRECTORY')
})

const older = { set: set.set, threshold: 2, shares: 3 }

it.each<[what: string, isIt: boolean, entries: readonly AuditEntry[]]>([
  ['no escrow', false, []],
  ['its digest', true, [entry('escrow', { sha256 })]],
  ['its digest as that of new shares', true, [entry('reshare', { sha256 })]],
  ['its digest in an entry of another kind', false, [entry('backup', { sha256 })]],
  [
    'its digest before that of another one',
    false,
    [entry('escrow', { sha256 }), entry('reshare', { sha256: '' })],
  ],
  [
    'its digest after that of another one',
    true,
    [entry('reshare', { sha256: '' }), entry('escrow', { sha256 })],
  ],
  [
    'another digest, though all else is the same',
    false,
    [entry('escrow', { ...older, sha256: '' })],
  ],
  ['its set without a digest', true, [entry('escrow', older)]],
  ['another set without a digest', false, [entry('escrow', { ...older, set: 'another' })]],
  ['another threshold without a digest', false, [entry('escrow', { ...older, threshold: 3 })]],
  ['more shares without a digest', false, [entry('escrow', { ...older, shares: 4 })]],
])('K36: a biography with %s records the escrow: %s', (_, isIt, entries) => {
  expect(isRecorded(escrow.text, set, entries)).toBe(isIt)
})

const RECORDED = entry('escrow', { sha256 })

it('finds the escrow that its biography records, and none where there is none', async () => {
  const { find } = await newPlace({ 'escrow.json': escrow.text }, RECORDED)
  expect(await find()).toEqual({ text: escrow.text, set, isPending: false })
  expect(await (await newPlace({})).find()).toBeUndefined()
})

it('finds the next escrow once it is recorded, and the one before until then', async () => {
  const next = await escrow.withSet({ threshold: 3 })
  const files = { 'escrow.json': escrow.text, 'escrow.json.next': next }
  const before = await newPlace(files, RECORDED)
  expect(await before.find()).toEqual({ text: escrow.text, set, isPending: false })
  const after = await newPlace(files, RECORDED, entry('reshare', { sha256: escrowDigest(next) }))
  const found = { text: next, set: { ...set, threshold: 3 }, isPending: true }
  expect(await after.find()).toEqual(found)
  expect(await readdir(after.directory)).toHaveLength(2)
})

it('K36: finds no escrow of another CA, though it is the next one and recorded', async () => {
  const files = { 'escrow.json.next': other.text }
  const { find } = await newPlace(files, entry('escrow', { sha256: escrowDigest(other.text) }))
  expect(await failureOf(find)).toMatchObject({ details: { reason: 'escrow-other-ca' } })
})

it('finds no next escrow that nothing records', async () => {
  const { find } = await newPlace({ 'escrow.json.next': escrow.text })
  expect(await find()).toBeUndefined()
})

it.each<
  [code: string, reason: string, files: Record<string, string>, entries: readonly AuditEntry[]]
>([
  ['missing', 'escrow-lost', {}, [RECORDED]],
  ['refused', 'escrow-not-recorded', { 'escrow.json': escrow.text }, []],
])(
  'K36: says what is at stake, and what to do, where an escrow is %s: %s',
  async (code, reason, files, entries) => {
    const { directory, find } = await newPlace(files, ...entries)
    const error = await failureOf(find)
    expect(error).toMatchObject({ code, details: { directory, reason } })
    expect(error.message).toContain(directory)
    expect(error.message).toContain('rekey ca escrow create DIRECTORY')
  },
)

it('K36: finds no escrow by a biography that is not sound', async () => {
  const { find } = await newPlace({ 'escrow.json': escrow.text }, RECORDED)
  const damaged = { verdict: { ok: false, reason: 'absent' }, entries: [RECORDED] } as const
  expect(await failureOf(() => find(damaged))).toMatchObject({ details: { reason: 'biography' } })
})

it('puts an escrow in effect after it is recorded, and not at all where it cannot be recorded', async () => {
  const { directory } = await newPlace({ 'escrow.json': other.text })
  const read = () => readFile(join(directory, 'escrow.json'), 'utf8')
  const failing = () => Promise.reject(new Error('the disk is full'))
  await expect(putEscrowInEffect(directory, escrow.text, failing)).rejects.toThrow('disk')
  expect(await read()).toBe(other.text)
  await putEscrowInEffect(directory, escrow.text, async () => {
    expect(await read()).toBe(other.text)
  })
  expect(await read()).toBe(escrow.text)
  expect(await readdir(directory)).toEqual(['escrow.json'])
})

it('names the file where an escrow that is recorded cannot be put in place', async () => {
  const { directory } = await newPlace({})
  const inTheWay = async () => {
    await mkdir(join(directory, 'escrow.json', 'x'), { recursive: true })
  }
  const error = await failureOf(() => putEscrowInEffect(directory, escrow.text, inTheWay))
  expect(error.message).toContain(join(directory, 'escrow.json'))
})

it('says to create an escrow where new shares or a check of a share need one', async () => {
  const { directory, ca } = await newRoot()
  await ca.close()
  const deliver = () => expect.fail('nothing is handed over')
  const attempts = [
    () => reshareEscrow({ directory, shares: [], threshold: 2, holders: ['A', 'B'], deliver }),
    () => recordShareCheck({ directory, statement: '' }),
  ]
  for (const attempt of attempts) {
    const error = await failureOf(attempt)
    expect(error).toMatchObject({ code: 'missing', details: { reason: 'no-escrow', directory } })
    expect(error.message).toContain('create one with rekey ca escrow create')
  }
})
