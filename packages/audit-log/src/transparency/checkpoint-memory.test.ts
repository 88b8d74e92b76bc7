import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import {
  checkpointFile,
  createCheckpointMemory,
  createCheckpointSigner,
  createCheckpointVerifier,
  createMemoryNodeStore,
  issueNoteKey,
  openMerkleTree,
} from './index.ts'
import type { MerkleTree } from './internal.ts'

const { signerKey, verifierKey } = issueNoteKey('ct.example.com/log')
const signer = createCheckpointSigner(signerKey)
const verifier = createCheckpointVerifier({ log: verifierKey })

async function logOf(entries: string): Promise<MerkleTree> {
  const tree = await openMerkleTree(createMemoryNodeStore())
  await tree.append(Array.from(entries, (entry) => Buffer.from(entry)))
  return tree
}

async function noteOf(tree: MerkleTree, size = tree.head.size): Promise<string> {
  return signer.sign({ origin: signer.name, size, root: await tree.rootAt(size) })
}

let path: string
beforeEach(async () => {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'checkpoint-')))
  onTestFinished(() => rm(directory, { recursive: true }))
  path = join(directory, 'checkpoint')
})

const openOn = (client: Pick<MerkleTree, 'consistencyProof'>) =>
  createCheckpointMemory({ verifier, client, store: checkpointFile(path) })

it('remembers the largest checkpoint of a log that grows, also for the next process', async () => {
  const log = await logOf('abcdefg')
  const memory = openOn(log)
  expect(await memory.last()).toBeUndefined()
  const notes = await Promise.all([3, 7, 5, 7, 1].map((size) => noteOf(log, size)))
  const sizes = await Promise.all(notes.map(async (note) => (await memory.accept(note)).size))
  expect(sizes).toEqual([3, 7, 5, 7, 1])
  expect((await memory.last())?.size).toBe(7)
  expect(await readFile(path, 'utf8')).toBe(notes[1])
  expect((await openOn(log).last())?.size).toBe(7)
})

it.each([
  ['forked', 'abcdE', 5],
  ['rewritten', 'aBcdefg', 7],
  ['rewritten', 'aBcdefg', 3],
  ['truncated', 'abc', 3],
])('names a log that was %s: %s of %i entries', async (reason, entries, size) => {
  await openOn(await logOf('abcde')).accept(await noteOf(await logOf('abcde')))
  const other = await logOf(entries)
  const memory = openOn(other)
  const accepted = memory.accept(await noteOf(other, size))
  await expect(accepted).rejects.toMatchObject({ code: 'conflict', details: { reason } })
  expect((await memory.last())?.size).toBe(5)
})

it('accepts nothing that it cannot remember or that the log does not prove', async () => {
  const log = await logOf('abc')
  const memory = openOn({
    consistencyProof: () => Promise.reject(new SecretError('unreachable', 'down')),
  })
  await memory.accept(await noteOf(log, 2))
  await expect(memory.accept(await noteOf(log, 3))).rejects.toMatchObject({ code: 'unreachable' })
  const store = { ...checkpointFile(path), replace: () => Promise.reject(new Error('disk full')) }
  const full = createCheckpointMemory({ verifier, client: log, store })
  await expect(full.accept(await noteOf(log, 3))).rejects.toThrow('disk full')
  expect((await full.last())?.size).toBe(2)
})

it('reads no checkpoint that the log did not sign', async () => {
  await writeFile(path, await noteOf(await logOf('abc')), { mode: 0o600 })
  const stranger = createCheckpointVerifier({ log: issueNoteKey('ct.example.com/log').verifierKey })
  const client = await logOf('abc')
  const memory = createCheckpointMemory({ verifier: stranger, client, store: checkpointFile(path) })
  await expect(memory.last()).rejects.toMatchObject({ details: { reason: 'unsigned' } })
})

it('remembers no smaller checkpoint than another process on the same store has, and compares with that one', async () => {
  const log = await logOf('abcdefghijkl')
  const memories = Array.from({ length: 4 }, () => openOn(log))
  const sizes = [5, 12, 3, 8, 11, 2, 7, 9]
  const accepted = sizes.map(async (size, at) =>
    memories[at % memories.length]?.accept(await noteOf(log, size)),
  )
  await Promise.all(accepted)
  for (const memory of memories) expect((await memory.last())?.size).toBe(12)
  const forked = await logOf('abcdeFghijklm')
  const shown = openOn(forked).accept(await noteOf(forked, 13))
  await expect(shown).rejects.toMatchObject({ details: { reason: 'rewritten' } })
})
