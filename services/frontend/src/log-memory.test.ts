import { X509Certificate } from 'node:crypto'
import {
  createCheckpointSigner,
  createMemoryNodeStore,
  encodeCertificateEntry,
  encodeProof,
  issueNoteKey,
  openMerkleTree,
} from '@rekey/audit-log/transparency'
import type { MerkleTree } from '@rekey/audit-log/internal/transparency'
import { issue } from '@rekey/testbed/certificates'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { database, newOrder, pool } from '../test/frontend.support.ts'
import { createLogMemory, type LogMemory } from './log-memory.ts'
import { issueProfile } from './profiles.ts'

const { signerKey, verifierKey } = issueNoteKey('dev-certtransparency/log')
const signer = createCheckpointSigner(signerKey)
const certificates = ['first', 'second', 'third', 'fourth'].map(
  (commonName) => issue({ commonName }).pem,
)
const [first = '', second = '', third = '', fourth = ''] = certificates
const person = { issuer: 'https://id.example', subject: 'alice', email: 'alice@example.com' }

/** The log as signing hands it on; a test puts another in its place. */
let tree: MerkleTree
/** Lines of the logs of all replicas. */
let events: unknown[]
beforeEach(async () => {
  tree = await treeOf([])
  events = []
  onTestFinished(async () => {
    await database.query('truncate log_checkpoint, log_finding, profile')
  })
})

async function treeOf(pems: readonly string[]): Promise<MerkleTree> {
  const made = await openMerkleTree(createMemoryNodeStore())
  for (const pem of pems) await made.append([entryOf(pem)])
  return made
}

const entryOf = (pem: string) => encodeCertificateEntry(new X509Certificate(pem)).entry
const noteOf = ({ head }: MerkleTree) => signer.sign({ origin: signer.name, ...head })

/** Signing: it answers with the proof of what it has put on record, and hands on what it is asked about the log. */
const signing: typeof fetch = async (input) => {
  const url = new URL(input instanceof Request ? input.url : input)
  if (url.pathname === '/checkpoint') return new Response(noteOf(tree))
  if (url.pathname === '/certificates') {
    const log = await record(fourth)
    const answer = { certificate: fourth, chain: '', serial: '01', fingerprint: '02', log }
    return Response.json(answer, { status: 201 })
  }
  const of = (name: string) => Number(url.searchParams.get(name))
  const proof = await tree
    .consistencyProof({ before: of('before'), size: of('size') })
    .catch(() => undefined)
  if (proof === undefined) return new Response(null, { status: 404 })
  return Response.json({ proof: encodeProof(proof) })
}

const place = { pool, signingUrl: 'https://signing', fetchWithKey: signing }

/** A replica of frontend that has just started. */
function start(): LogMemory {
  const keep = (event: unknown) => void events.push(event)
  return createLogMemory({ ...place, logKey: verifierKey, logger: { error: keep, warn: keep } })
}

/** Puts a certificate on record, and gives the proof. */
async function record(pem: string) {
  const { size } = await tree.append([entryOf(pem)])
  const proof = await tree.inclusionProof({ index: size - 1, size })
  return { index: size - 1, proof: encodeProof(proof), checkpoint: noteOf(tree) }
}

async function remembered(): Promise<number | undefined> {
  const { rows } = await database.query<{ note: string }>('select note from log_checkpoint')
  return rows[0] && Number(rows[0].note.split('\n')[1])
}

it('remembers the log of each certificate that signing shows to be on record, also after a restart', async () => {
  const log = start()
  await log.verify(first, await record(first))
  await log.verify(second, await record(second))
  expect(await remembered()).toBe(2)
  tree = await treeOf([third, second, first])
  await expect(start().verify(fourth, await record(fourth))).rejects.toMatchObject({
    statusCode: 502,
  })
  expect(await remembered()).toBe(2)
})

it.each([
  ['rewritten', () => treeOf([first, fourth, third])],
  ['forked', () => treeOf([first, second])],
  ['truncated', () => treeOf([first])],
])(
  'shows and stores no certificate of a log that was %s behind the back of signing, and warns until the finding is removed',
  async (reason, changed) => {
    const log = start()
    for (const pem of [first, second, third]) await log.verify(pem, await record(pem))
    await log.check()
    const kept = await remembered()
    tree = await changed()
    const parts = { ...place, log, server: { protocol: 'udp', host: 'vpn', port: 1 } as const }
    await expect(issueProfile(person, newOrder(), parts)).rejects.toMatchObject({ statusCode: 502 })
    expect((await database.query('select * from profile')).rows).toEqual([])
    expect(await remembered()).toBe(kept)
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'log-finding',
        details: expect.objectContaining({ reason }) as object,
      }),
    )
    await expect(start().check()).rejects.toThrow('broke a promise')
    const { rows } = await database.query('select reason, shown, remembered from log_finding')
    expect(rows).toMatchObject([
      { reason, shown: noteOf(tree), remembered: expect.stringContaining('\n3\n') as string },
    ])
    await database.query('delete from log_finding')
    await log.check()
  },
)

it('compares the log without an order, and reports each finding once', async () => {
  const log = start()
  for (const pem of [first, second]) await log.verify(pem, await record(pem))
  tree = await treeOf([second, first])
  for (let round = 0; round < 2; round += 1) {
    const stop = new AbortController()
    const following = log.follow(stop.signal)
    await vi.waitFor(() => {
      expect(events).toContainEqual(expect.objectContaining({ event: 'log-not-followed' }))
    })
    stop.abort()
    await following
  }
  const { rows } = await database.query('select reason from log_finding')
  expect(rows).toEqual([{ reason: 'forked' }])
})

it('goes back in no replica, however many there are and in whatever order their answers come', async () => {
  const replicas = [start(), start(), start()]
  const shown: [string, unknown][] = []
  for (let round = 0; round < 4; round += 1) {
    for (const pem of [first, second, third]) shown.push([pem, await record(pem)])
  }
  const verified = shown
    .toReversed()
    .map(async ([pem, evidence], at) => replicas[at % 3]?.verify(pem, evidence))
  await Promise.all(verified)
  expect(await remembered()).toBe(12)
  expect(events).toEqual([])
})

it('takes the proof of another certificate, none, and that of another log for no proof', async () => {
  const log = start()
  const evidence = await record(first)
  const stranger = createCheckpointSigner(issueNoteKey('dev-certtransparency/log').signerKey)
  const forged = stranger.sign({ origin: stranger.name, ...tree.head })
  for (const [pem, shown] of [
    [second, evidence],
    [first, undefined],
    [first, { ...evidence, proof: ['AA=='] }],
    [first, { ...evidence, checkpoint: forged }],
  ] as const) {
    await expect(log.verify(pem, shown)).rejects.toMatchObject({ statusCode: 502 })
  }
  await expect(log.check()).rejects.toThrow('broke a promise')
  await log.verify(first, evidence)
})

it('asks for a proof again while signing restarts', async () => {
  await start().verify(first, await record(first))
  let asked = 0
  const restarting: typeof fetch = (...args) => {
    asked += 1
    if (asked === 1) return Promise.reject(new TypeError('fetch failed'))
    return asked === 2 ? Promise.resolve(new Response(null, { status: 503 })) : signing(...args)
  }
  const logger = { error: () => undefined, warn: () => undefined }
  const log = createLogMemory({ ...place, fetchWithKey: restarting, logKey: verifierKey, logger })
  await log.verify(second, await record(second))
  expect([asked, await remembered()]).toEqual([3, 2])
})

it('takes a signing that does not answer for no proof, and for no finding', async () => {
  const evidence = await record(first)
  await start().verify(first, evidence)
  const down = () => Promise.reject(new TypeError('fetch failed'))
  const parts = { ...place, fetchWithKey: down, logKey: verifierKey, limitMs: 300 }
  const log = createLogMemory({
    ...parts,
    logger: { error: () => undefined, warn: () => undefined },
  })
  await expect(log.verify(second, await record(second))).rejects.toMatchObject({ statusCode: 502 })
  await log.check()
})
