import { appendFile, mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import {
  createCheckpointSigner,
  createCheckpointVerifier,
  createMemoryNodeStore,
  issueNoteKey,
  type LogClient,
  openMerkleTree,
  leafHash,
} from './index.ts'
import { auditServedLog, openLeafStore, type LeafStore } from './internal.ts'

const { signerKey, verifierKey } = issueNoteKey('ct.example.com/log')
const signer = createCheckpointSigner(signerKey)
const verifier = createCheckpointVerifier({ log: verifierKey })

let path: string
beforeEach(async () => {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'audit-')))
  onTestFinished(() => rm(directory, { recursive: true }))
  path = join(directory, 'leaves')
})

const bytesOf = (letter: string) => Uint8Array.from(Buffer.from(letter))

/** A log with an entry for each letter, as its service answers. It answers with 2 entries at most. */
async function serve(letters: string, changes: Partial<LogClient> = {}) {
  const tree = await openMerkleTree(createMemoryNodeStore())
  await tree.append(Array.from(letters, bytesOf))
  const reads: number[] = []
  const client: LogClient = {
    checkpoint: () => Promise.resolve(signer.sign({ origin: signer.name, ...tree.head })),
    entries({ start, count }) {
      const found = Array.from(letters.slice(start, start + Math.min(2, count)), bytesOf)
      reads.push(start)
      return Promise.resolve(found.map((entry, at) => ({ index: start + at, entry })))
    },
    inclusionProof: (of) => tree.inclusionProof(of),
    consistencyProof: (of) => tree.consistencyProof(of),
    ...changes,
  }
  const noteAt = async (size: number) =>
    verifier.verify(signer.sign({ origin: signer.name, size, root: await tree.rootAt(size) }))
  return { client, noteAt, reads }
}

type Served = Awaited<ReturnType<typeof serve>>

async function audit(
  { client }: Served,
  checkpoints: readonly Awaited<ReturnType<Served['noteAt']>>[],
  leaves: LeafStore,
) {
  const newest = verifier.verify(await client.checkpoint())
  const { head, findings } = await auditServedLog({ client, newest, checkpoints, leaves })
  return { size: head.size, reasons: findings.map(({ reason }) => reason) }
}

it('finds nothing in a log that has kept its promises, and knows each of its entries', async () => {
  const log = await serve('abcdefg')
  await using leaves = await openLeafStore()
  const checkpoints = await Promise.all([0, 3, 7].map((size) => log.noteAt(size)))
  expect(await audit(log, checkpoints, leaves)).toEqual({ size: 7, reasons: [] })
  for (const letter of 'abcdefg') expect(leaves.has(leafHash(bytesOf(letter)))).toBe(true)
  expect(leaves.has(leafHash(bytesOf('h')))).toBe(false)
  expect(await audit(await serve(''), [], await openLeafStore())).toEqual({ size: 0, reasons: [] })
})

it.each([
  ['rewritten', 'aBcdefg', ['rewritten', 'rewritten']],
  ['truncated', 'abc', ['truncated']],
  ['forked', 'abcdE', ['forked']],
])('names a log that was %s, also after a restart of the auditor', async (_, letters, reasons) => {
  const kept = await (await serve('abcde')).noteAt(5)
  const changed = await serve(letters)
  expect(await audit(changed, [kept], await openLeafStore())).toMatchObject({ reasons })
  const first = await openLeafStore(path)
  await audit(await serve('abcde'), [], first)
  await first[Symbol.asyncDispose]()
  await using again = await openLeafStore(path)
  expect(await audit(changed, [], again)).toMatchObject({ reasons })
})

it('names a log whose entries are not those of its checkpoint, and one that proves nothing', async () => {
  const { client } = await serve('aBc')
  const other = await serve('abc', { entries: (of) => client.entries(of) })
  expect((await audit(other, [], await openLeafStore())).reasons).toEqual(['rewritten'])
  const missing = () => Promise.reject(new SecretError('missing', 'no such tree'))
  const silent = await serve('abc', { inclusionProof: missing })
  expect((await audit(silent, [], await openLeafStore())).reasons).toEqual([
    'unproved',
    'unproved',
    'unproved',
  ])
  const cut = await serve('abcd', { entries: () => Promise.resolve([]) })
  expect((await audit(cut, [], await openLeafStore())).reasons).toEqual(['truncated'])
})

it('is no finding that the log does not answer, and the next audit reads what is new alone', async () => {
  const log = await serve('abcdefg')
  const down = new SecretError('unreachable', 'down')
  const failing: LogClient = {
    ...log.client,
    entries: (of) => (of.start < 4 ? log.client.entries(of) : Promise.reject(down)),
  }
  const first = await openLeafStore(path)
  const audited = audit({ ...log, client: failing }, [], first)
  await expect(audited).rejects.toMatchObject({ code: 'unreachable' })
  await first[Symbol.asyncDispose]()
  log.reads.length = 0
  await using leaves = await openLeafStore(path)
  expect(await audit(log, [await log.noteAt(5)], leaves)).toEqual({ size: 7, reasons: [] })
  expect(log.reads).toEqual([4, 5, 6].slice(0, log.reads.length))
  expect(leaves.has(leafHash(bytesOf('a')))).toBe(true)
})

it('leaves out the end of a write that was cut, and removes what is not to be kept', async () => {
  const first = await openLeafStore(path)
  await audit(await serve('abc'), [], first)
  await first[Symbol.asyncDispose]()
  await appendFile(path, 'half of a hash')
  await using leaves = await openLeafStore(path)
  expect(await leaves.size()).toBe(3)
  await leaves.truncate(2)
  expect((await stat(path)).size).toBe(64)
  expect([leaves.has(leafHash(bytesOf('b'))), leaves.has(leafHash(bytesOf('c')))]).toEqual([
    true,
    false,
  ])
  expect(await audit(await serve('abcd'), [], leaves)).toEqual({ size: 4, reasons: [] })
})
