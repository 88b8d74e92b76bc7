import { expect, it } from 'vitest'
import type { TreeCheckpoint, MerkleTree } from './internal.ts'
import {
  createCheckpointSigner,
  createCheckpointVerifier,
  createMemoryNodeStore,
  issueNoteKey,
  openMerkleTree,
  verifyGrowth,
} from './index.ts'

const { signerKey, verifierKey } = issueNoteKey('ct.example.com/log')
const signer = createCheckpointSigner(signerKey)
const verifier = createCheckpointVerifier({ log: verifierKey })

async function logOf(...entries: string[]): Promise<MerkleTree> {
  const tree = await openMerkleTree(createMemoryNodeStore())
  await tree.append(entries.map((entry) => Buffer.from(entry)))
  return tree
}

async function checkpointOf(tree: MerkleTree, size: number): Promise<TreeCheckpoint> {
  const note = signer.sign({ origin: signer.name, size, root: await tree.rootAt(size) })
  return verifier.verify(note)
}

const log = await logOf('a', 'b', 'c', 'd', 'e')
const rewritten = await logOf('a', 'B', 'c', 'd', 'e')
const three = await checkpointOf(log, 3)
const five = await checkpointOf(log, 5)
const proof = await log.consistencyProof({ before: 3, size: 5 })
const otherProof = await rewritten.consistencyProof({ before: 3, size: 5 })

it('accepts a log that has grown, one that stayed as it was, and the first entries of an empty one', async () => {
  verifyGrowth({ before: three, after: five, proof })
  verifyGrowth({ before: five, after: five, proof: [] })
  verifyGrowth({ before: await checkpointOf(log, 0), after: five, proof: [] })
})

it.each([
  ['another origin', 'other-log', { before: three, after: { ...five, origin: 'other' }, proof }],
  ['a smaller tree', 'truncated', { before: five, after: three, proof }],
  ['no tree at all', 'truncated', { before: five, after: await checkpointOf(log, 0), proof: [] }],
  [
    'another tree of the same size',
    'forked',
    { before: three, after: await checkpointOf(rewritten, 3), proof: [] },
  ],
  [
    'a changed entry, with the proof of the changed log',
    'rewritten',
    { before: three, after: await checkpointOf(rewritten, 5), proof: otherProof },
  ],
  [
    'a changed entry, with the proof of the log before',
    'rewritten',
    { before: three, after: await checkpointOf(rewritten, 5), proof },
  ],
  ['no proof', 'rewritten', { before: three, after: five, proof: [] }],
  ['a proof for equal trees', 'rewritten', { before: five, after: five, proof }],
])('rejects %s as %s', (_what, reason, growth) => {
  let failure: unknown
  try {
    verifyGrowth(growth)
  } catch (error) {
    failure = error
  }
  expect(failure).toMatchObject({ code: 'conflict', details: { reason } })
  expect((failure as Error).message).toContain(reason)
})
