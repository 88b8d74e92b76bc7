import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import {
  checkpointFile,
  createCheckpointSigner,
  createCheckpointVerifier,
  createMemoryNodeStore,
  issueNoteKey,
  type MerkleTree,
  openCheckpointMemory,
  openMerkleTree,
} from './index.ts'

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
  openCheckpointMemory({ verifier, client, store: checkpointFile(path) })

it('remembers the largest checkpoint of a log that grows, also for the next process', async () => {
  const log = await logOf('abcdefg')
  const memory = await openOn(log)
  expect(memory.last).toBeUndefined()
  const notes = await Promise.all([3, 7, 5, 7, 1].map((size) => noteOf(log, size)))
  const sizes = await Promise.all(notes.map(async (note) => (await memory.accept(note)).size))
  expect(sizes).toEqual([3, 7, 5, 7, 1])
  expect(memory.last?.size).toBe(7)
  expect(await readFile(path, 'utf8')).toBe(notes[1])
  expect((await openOn(log)).last?.size).toBe(7)
})

it.each([
  ['forked', 'abcdE', 5],
  ['rewritten', 'aBcdefg', 7],
  ['rewritten', 'aBcdefg', 3],
  ['truncated', 'abc', 3],
])('names a log that was %s: %s of %i entries', async (reason, entries, size) => {
  await (await openOn(await logOf('abcde'))).accept(await noteOf(await logOf('abcde')))
  const other = await logOf(entries)
  const memory = await openOn(other)
  const accepted = memory.accept(await noteOf(other, size))
  await expect(accepted).rejects.toMatchObject({ code: 'conflict', details: { reason } })
  expect(memory.last?.size).toBe(5)
})

it('accepts nothing that it cannot remember or that the log does not prove', async () => {
  const log = await logOf('abc')
  const memory = await openOn({
    consistencyProof: () => Promise.reject(new SecretError('unreachable', 'down')),
  })
  await memory.accept(await noteOf(log, 2))
  await expect(memory.accept(await noteOf(log, 3))).rejects.toMatchObject({ code: 'unreachable' })
  const store = { ...checkpointFile(path), write: () => Promise.reject(new Error('disk full')) }
  const full = await openCheckpointMemory({ verifier, client: log, store })
  await expect(full.accept(await noteOf(log, 3))).rejects.toThrow('disk full')
  expect([memory.last?.size, full.last?.size]).toEqual([2, 2])
})

it('opens no memory with a checkpoint that the log did not sign', async () => {
  await writeFile(path, await noteOf(await logOf('abc')), { mode: 0o600 })
  const stranger = createCheckpointVerifier({ log: issueNoteKey('ct.example.com/log').verifierKey })
  const client = await logOf('abc')
  const opened = openCheckpointMemory({ verifier: stranger, client, store: checkpointFile(path) })
  await expect(opened).rejects.toMatchObject({ details: { reason: 'unsigned' } })
})
