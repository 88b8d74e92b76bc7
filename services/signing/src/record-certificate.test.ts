import { X509Certificate } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import {
  type CheckpointStore,
  createCheckpointMemory,
  createCheckpointSigner,
  createCheckpointVerifier,
  createLogClient,
  createMemoryNodeStore,
  encodeCertificateEntry,
  issueNoteKey,
  openMerkleTree,
} from '@rekey/audit-log/transparency'
import type { MerkleTree } from '@rekey/audit-log/internal/transparency'
import { issue } from '@rekey/testbed/certificates'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { recordCertificate, type RecorderParts } from './record-certificate.ts'

const { signerKey, verifierKey } = issueNoteKey('dev-certtransparency/log')
const signer = createCheckpointSigner(signerKey)
const first = issue({ commonName: 'first' }).pem
const second = issue({ commonName: 'second' }).pem

interface Answer {
  index: number
  proof: string[]
  checkpoint: string
}

/** A log that answers as certtransparency does, over what a test makes of it. */
interface TestLog {
  tree: MerkleTree
  /** Changes the answer to a certificate. */
  distort: (answer: Answer) => unknown
  /** Of the answer to a certificate. */
  status: number
  posts: number
}

let log: TestLog
let parts: RecorderParts
beforeEach(async () => {
  log = { tree: await newTree(), distort: (answer) => answer, status: 201, posts: 0 }
  const url = await serve(log)
  const memory = createCheckpointMemory({
    verifier: createCheckpointVerifier({ log: verifierKey }),
    client: createLogClient({ url, fetch }),
    store: memoryStore(),
  })
  parts = { url, fetchWithKey: fetch, memory }
})

function memoryStore(): CheckpointStore {
  let kept: string | undefined
  return {
    read: () => Promise.resolve(kept),
    replace(note) {
      kept = note
      return Promise.resolve(true)
    },
  }
}

const newTree = () => openMerkleTree(createMemoryNodeStore())

async function append(tree: MerkleTree, pem: string): Promise<Answer> {
  const { size, root } = await tree.append([encodeCertificateEntry(new X509Certificate(pem)).entry])
  const proof = await tree.inclusionProof({ index: size - 1, size })
  return {
    index: size - 1,
    proof: proof.map((hash) => Buffer.from(hash).toString('base64')),
    checkpoint: signer.sign({ origin: signer.name, size, root }),
  }
}

async function serve(served: TestLog): Promise<string> {
  const answer: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '', 'http://log')
    const of = (name: string) => Number(url.searchParams.get(name))
    const work = async () => {
      if (request.method === 'POST') {
        served.posts += 1
        const { certificate } = (await json(request)) as { certificate: string }
        response.statusCode = served.status
        return served.distort(await append(served.tree, certificate))
      }
      const proof = await served.tree.consistencyProof({ before: of('before'), size: of('size') })
      return { proof: proof.map((hash) => Buffer.from(hash).toString('base64')) }
    }
    work().then(
      (body) => response.end(typeof body === 'string' ? body : JSON.stringify(body)),
      () => response.writeHead(404).end('{}'),
    )
  }
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it('hands on index, proof and checkpoint of a certificate that the log proves, as often as it is asked', async () => {
  expect(await recordCertificate(first, parts)).toMatchObject({ index: 0, proof: [] })
  const evidence = await recordCertificate(second, parts)
  expect(evidence).toMatchObject({ index: 1, proof: [expect.any(String)] })
  expect((await parts.memory.last())?.size).toBe(2)
})

const forgedKey = createCheckpointSigner(issueNoteKey('dev-certtransparency/log').signerKey)

it.each<[string, (answer: Answer) => unknown, object]>([
  ['a checkpoint of another key', forged, { code: 'rejected', details: { reason: 'unsigned' } }],
  ['the proof of another certificate', (all) => ({ ...all, index: 0 }), { code: 'rejected' }],
  ['a proof that is cut', (all) => ({ ...all, proof: [] }), { code: 'rejected' }],
  ['no proof', ({ index }) => ({ index }), { code: 'malformed' }],
  ['hashes that are none', (all) => ({ ...all, proof: [1, ''] }), { code: 'malformed' }],
  ['half of an answer', (all) => JSON.stringify(all).slice(0, 40), { code: 'malformed' }],
  ['null', () => null, { code: 'malformed' }],
])('K24 takes %s for no record', async (_, distort, error) => {
  await recordCertificate(first, parts)
  log.distort = distort
  await expect(recordCertificate(second, parts)).rejects.toMatchObject(error)
  expect(log.posts).toBe(2)
})

function forged(answer: Answer): Answer {
  const { size, root } = log.tree.head
  return { ...answer, checkpoint: forgedKey.sign({ origin: signer.name, size, root }) }
}

it('K24 takes the checkpoint of yesterday for no record of a certificate of today', async () => {
  const { checkpoint } = await recordCertificate(first, parts)
  log.distort = (answer) => ({ ...answer, checkpoint })
  const recorded = recordCertificate(second, parts)
  await expect(recorded).rejects.toMatchObject({ code: 'rejected' })
})

it.each([
  ['forked', [second]],
  ['rewritten', [second, second, second]],
  ['truncated', []],
])('K24 takes a log that was %s for no record', async (reason, entries) => {
  await recordCertificate(first, parts)
  await recordCertificate(first, parts)
  log.tree = await newTree()
  for (const entry of entries) await append(log.tree, entry)
  const recorded = recordCertificate(second, parts)
  await expect(recorded).rejects.toMatchObject({ code: 'conflict', details: { reason } })
})

it.each([
  [422, 'refused', 1],
  [409, 'refused', 1],
  [500, 'unreachable', 4],
])('K24 asks again after %i or not: %s after %i times', async (status, code, times) => {
  log.status = status
  await expect(recordCertificate(first, parts)).rejects.toMatchObject({ code })
  expect(log.posts).toBe(times)
})
