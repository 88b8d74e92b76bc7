// @lane servers
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { issueApiKey } from '@rekey/api-key-auth'
import { createSignedLog } from '@rekey/audit-log'
import { SecretError } from '@rekey/secret'
import { issueChain, issueServer } from '@rekey/testbed/certificates'
import {
  createCheckpointSigner,
  createMemoryNodeStore,
  encodeHeadEntry,
  encodeProof,
  issueNoteKey,
  openMerkleTree,
  type TrailHead,
} from '@rekey/audit-log/transparency'
import { encodeEntry, type MerkleTree } from '@rekey/audit-log/internal/transparency'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../../test/commands/run-program.support.ts'
import {
  extend as extendDatabase,
  usePostgres,
  VARIABLE,
} from '../../../test/commands/audit/audit-database.support.ts'

const server = usePostgres()
const { signerKey, verifierKey } = issueNoteKey('dev-certtransparency/log')
const signer = createCheckpointSigner(signerKey)
const { root, issuer, text: identity } = issueChain({ dnsNames: ['signing'], purpose: 'both' })
const shown = issueServer(issuer, { dnsNames: ['certtransparency'] })
const tls = { key: shown.key, cert: shown.cert + issuer.pem }
const env = {
  TLS_SIGNING: identity,
  API_KEY_SIGNING_CERTTRANSPARENCY: issueApiKey({ environment: 'dev' }).text.expose(),
}

/** A transparency log that answers as certtransparency does. */
interface TestLog {
  tree: MerkleTree
  entries: Uint8Array[]
  /** Of the head of each trail and number. */
  readonly indexes: Map<string, number>
  /** Answers nothing. */
  isAway: boolean
}

let directory: string
let scratch: string
let served: TestLog
let place: readonly string[]
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'rekey-anchor-'))
  onTestFinished(() => rm(scratch, { recursive: true }))
  directory = join(scratch, 'audit')
  served = {
    ...{ tree: await openMerkleTree(createMemoryNodeStore()), entries: [] },
    ...{ indexes: new Map(), isAway: false },
  }
  await add(served, encodeEntry({ type: 'certificate', content: Buffer.from('no certificate') }))
  const trust = join(scratch, 'trust.pem')
  await writeFile(trust, root.pem)
  place = [
    ...['--log-key', verifierKey, '--trust', trust],
    ...['--url', await serve(served), '--server-name', 'certtransparency'],
  ]
})

async function add(log: TestLog, entry: Uint8Array): Promise<number> {
  await log.tree.append([entry])
  return log.entries.push(entry) - 1
}

const noteOf = ({ head }: MerkleTree) => signer.sign({ origin: signer.name, ...head })

async function anchor(log: TestLog, head: TrailHead) {
  const { key, entry } = encodeHeadEntry(head)
  const name = Buffer.from(key).toString('hex')
  const index = log.indexes.get(name) ?? (await add(log, entry))
  log.indexes.set(name, index)
  if (!Buffer.from(log.entries[index] ?? []).equals(entry)) return undefined
  const proof = await log.tree.inclusionProof({ index, size: log.tree.head.size })
  return { index, proof: encodeProof(proof), checkpoint: noteOf(log.tree) }
}

/** What the log answers to a request, or undefined for a head of another line. */
async function answerOf(log: TestLog, { pathname, searchParams }: URL, body?: TrailHead) {
  const of = (name: string) => Number(searchParams.get(name))
  if (body !== undefined) return anchor(log, body)
  if (pathname === '/checkpoint') return noteOf(log.tree)
  if (pathname === '/proof/inclusion') {
    const proof = await log.tree.inclusionProof({ index: of('index'), size: of('size') })
    return { proof: encodeProof(proof) }
  }
  if (pathname === '/proof/consistency') {
    const proof = await log.tree.consistencyProof({ before: of('before'), size: of('size') })
    return { proof: encodeProof(proof) }
  }
  const start = Number(pathname.split('/').at(-1))
  const entries = log.entries.slice(start, start + of('count'))
  return { entries: entries.map((entry) => Buffer.from(entry).toString('base64')) }
}

async function serve(log: TestLog): Promise<string> {
  const listen: RequestListener = (request, response) => {
    const work = async () => {
      if (log.isAway) return request.socket.destroy()
      const url = new URL(request.url ?? '', 'http://log')
      const isPost = request.method === 'POST'
      const body = isPost ? ((await json(request)) as TrailHead) : undefined
      const answer = await answerOf(log, url, body)
      response.statusCode = answer === undefined ? 409 : isPost ? 201 : 200
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? {}))
    }
    work().catch((error: unknown) => {
      const isMissing = error instanceof SecretError && error.code === 'missing'
      response.writeHead(isMissing ? 404 : 500).end('{}')
    })
  }
  const server = createServer(tls, listen).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Records events of the log. */
async function extend(path: string, count: number, action = 'stage'): Promise<void> {
  const log = createSignedLog({ directory: path })
  const event = { actor: 'a', action, subject: 'KEY', outcome: 'succeeded' } as const
  for (let round = 1; round <= count; round += 1) {
    await log.record({ ...event, details: { round } })
  }
  await log.close()
}

const audit = (command: string, ...args: string[]) =>
  runProgram(['audit', command, directory, ...args, '--json'], { env })
const anchorNow = (...args: string[]) => audit('anchor', ...place, ...args)
const verify = async (...args: string[]) => (await audit('verify', ...args)).lines()

it('confirms a log by the checkpoints that are anchored, and by a receipt without the transparency log', async () => {
  await extend(directory, 3)
  const [unconfirmed] = await verify(...place)
  expect(unconfirmed).toMatchObject({ type: 'sound', confirmed: 0, anchored: 0 })
  const out = join(scratch, 'receipt.json')
  const anchored = await anchorNow('--out', out)
  expect(anchored.lines()).toMatchObject([{ type: 'anchor', seq: 5, index: 1, out }])
  await extend(directory, 1)
  await anchorNow()
  expect(await verify(...place)).toMatchObject([{ confirmed: 7, anchored: 2, entries: 7 }])
  const offline = ['--log-key', verifierKey, '--receipt', out]
  expect(await verify(...offline)).toMatchObject([{ confirmed: 5, anchored: 1 }])
})

it('takes the one identity and the one key for the log that are set, and prints what is missing or ambiguous', async () => {
  await extend(directory, 1)
  const anchor = (more: Record<string, string>) =>
    runProgram(['audit', 'anchor', directory, ...place], { env: { ...env, ...more } })
  const none = await anchor({ TLS_SIGNING: '' })
  expect(none).toMatchObject({ code: 2 })
  expect(none.output).toContain('--identity-variable is missing, and no TLS_… is set')
  const two = await anchor({ API_KEY_SHOP_CERTTRANSPARENCY: 'another' })
  expect(two).toMatchObject({ code: 2 })
  expect(two.output).toContain(
    'API_KEY_SIGNING_CERTTRANSPARENCY and API_KEY_SHOP_CERTTRANSPARENCY are set',
  )
  expect(two.output).not.toContain('another')
  const wrong = await anchor({ TLS_SIGNING: '', TLS_MINIMUM: 'not-an-identity' })
  expect(wrong).toMatchObject({ code: 1 })
  expect(wrong.output).toContain('malformed: TLS_MINIMUM: ')
  expect(wrong.output).not.toContain('not-an-identity')
  expect(await anchor({ API_KEY_SHOP_STOCK: 'another' })).toMatchObject({ code: 0 })
})

it('confirms all streams of a log in PostgreSQL by one checkpoint, and names one that is gone since', async () => {
  const database = await server.openDatabase()
  await extendDatabase(database, 2)
  const run = async (command: string, ...args: string[]) => {
    const all = ['audit', command, '--database-variable', VARIABLE, ...args, '--json']
    return (await runProgram(all, { env: { ...env, ...database.env } })).lines()
  }
  const out = join(scratch, 'receipt.json')
  const anchored = await run('anchor', ...place, '--out', out)
  expect(anchored).toMatchObject([{ type: 'anchor', stream: 2, seq: 2, index: 1 }])
  const confirmed = { type: 'sound', entries: 5, confirmed: 5, anchored: 1, streams: 2 }
  expect(await run('verify', ...place)).toMatchObject([confirmed])
  const offline = ['--log-key', verifierKey, '--receipt', out]
  expect(await run('verify', ...offline)).toMatchObject([confirmed])
  await database.owner.query(`alter table audit_line disable trigger append_only;
    delete from audit_line where stream = 2; delete from audit_stream where stream = 2`)
  const gone = { type: 'damaged', reason: 'removed', stream: 2 }
  expect(await run('verify', ...place)).toMatchObject([gone])
  expect(await run('anchor', ...place)).toMatchObject([{ type: 'failure', code: 'conflict' }])
})

it('names a log that was put back with its key, continued otherwise, replaced or removed, and anchors none of them', async () => {
  await extend(directory, 2)
  const early = join(scratch, 'early')
  await cp(directory, early, { recursive: true })
  await extend(directory, 3)
  await anchorNow()
  const again = async (work: () => Promise<unknown>) => {
    await rm(directory, { recursive: true, force: true })
    await work()
    const size = served.entries.length
    expect(await anchorNow()).toMatchObject({ code: 1 })
    expect(served.entries).toHaveLength(size)
    return await verify(...place)
  }
  const putBack = () => cp(early, directory, { recursive: true })
  const shortened = [{ type: 'damaged', reason: 'shortened', entry: 4 }]
  expect(await again(putBack)).toMatchObject(shortened)
  const forked = [{ type: 'damaged', reason: 'forked', entry: 7 }]
  const fork = () => putBack().then(() => extend(directory, 9, 'forge'))
  expect(await again(fork)).toMatchObject(forked)
  const replaced = [{ type: 'damaged', reason: 'replaced', entry: 7 }]
  expect(await again(() => extend(directory, 9))).toMatchObject(replaced)
  const gone = [{ type: 'damaged', reason: 'shortened', entry: 1 }]
  expect(await again(() => Promise.resolve())).toMatchObject(gone)
})

it('names the fork if a checkpoint of an older copy was anchored all the same', async () => {
  await extend(directory, 2)
  const early = join(scratch, 'early')
  await cp(directory, early, { recursive: true })
  await extend(directory, 3)
  await anchorNow()
  const [{ log = '' } = {}] = (await verify(...place)) as { log?: string }[]
  await anchor(served, { trail: `audit/${log}`, seq: 4, hash: 'ab'.repeat(32) })
  const forked = [{ type: 'damaged', reason: 'forked', entry: 4 }]
  expect(await verify(...place)).toMatchObject(forked)
})

it('accepts a log beside another of the family once that is named', async () => {
  await extend(directory, 1)
  const [{ log = '' } = {}] = (await anchorNow()).lines() as { log?: string }[]
  await rm(directory, { recursive: true })
  await extend(directory, 1)
  expect(await verify(...place)).toMatchObject([{ reason: 'replaced' }])
  expect(await anchorNow('--other-log', log)).toMatchObject({ code: 0 })
  expect(await verify(...place, '--other-log', log)).toMatchObject([{ confirmed: 3, anchored: 1 }])
})

it('takes no head of a biography for a checkpoint', async () => {
  await extend(directory, 1)
  await anchor(served, { trail: 'biography/5f1c', seq: 9, hash: 'ab'.repeat(32) })
  expect(await verify(...place)).toMatchObject([{ type: 'sound', anchored: 0 }])
})

it('has one entry for a checkpoint, however often it is submitted', async () => {
  await extend(directory, 1)
  const [line] = (await anchorNow()).lines() as { log: string; seq: number; hash: string }[]
  const { log = '', seq = 0, hash = '' } = line ?? {}
  expect([log, seq, hash]).not.toContain('')
  const size = served.entries.length
  await anchor(served, { trail: `audit/${log}`, seq, hash })
  expect(served.entries).toHaveLength(size)
})

it('records nothing while the transparency log is away, and anchors once it is back', async () => {
  await extend(directory, 1)
  served.isAway = true
  const [failure] = (await anchorNow()).lines()
  expect(failure).toMatchObject({ type: 'failure', code: 'unreachable' })
  expect(await verify()).toMatchObject([{ type: 'sound', entries: 2 }])
  served.isAway = false
  expect((await anchorNow()).lines()).toMatchObject([{ type: 'anchor', seq: 3 }])
})

it('refuses a transparency log that left an entry out, or is not the one of a receipt', async () => {
  await extend(directory, 1)
  const out = join(scratch, 'receipt.json')
  await anchorNow('--out', out)
  served.entries.pop()
  const [left] = await verify(...place)
  expect(left).toMatchObject({ code: 'conflict', details: { reason: 'truncated' } })
  served.tree = await openMerkleTree(createMemoryNodeStore())
  served.entries = []
  for (const text of ['a', 'b', 'c']) {
    await add(served, encodeEntry({ type: 'certificate', content: Buffer.from(text) }))
  }
  expect(await verify(...place)).toMatchObject([{ type: 'sound', anchored: 0 }])
  const [other] = await verify(...place, '--receipt', out)
  expect(other).toMatchObject({ code: 'conflict', details: { reason: 'rewritten' } })
})

it('refuses a receipt that was changed, of another transparency log, or of another audit log', async () => {
  await extend(directory, 1)
  const out = join(scratch, 'receipt.json')
  await anchorNow('--out', out)
  const text = await readFile(out, 'utf8')
  const offline = (key = verifierKey) => verify('--log-key', key, '--receipt', out)
  const otherKey = issueNoteKey('dev-certtransparency/log').verifierKey
  expect(await offline(otherKey)).toMatchObject([{ type: 'failure', code: 'rejected' }])
  const forgeries = [
    [text.replace('"seq":3', '"seq":2'), 'rejected'],
    [text.replace('"index":1', '"index":0'), 'rejected'],
    [text.replace(/"proof":\["./, '"proof":["!'), 'malformed'],
    ['{}', 'malformed'],
    ['null', 'malformed'],
    [text.slice(0, 40), 'malformed'],
  ] as const
  for (const [forged, code] of forgeries) {
    await writeFile(out, forged)
    expect(await offline(), forged).toMatchObject([{ type: 'failure', code }])
  }
  await writeFile(out, text)
  await rm(directory, { recursive: true })
  await extend(directory, 1)
  expect(await offline()).toMatchObject([{ type: 'damaged', reason: 'replaced' }])
})

it('asks for the key of the transparency log and for its address', async () => {
  await extend(directory, 1)
  expect(await audit('anchor')).toMatchObject({ code: 2 })
  const unnamed = await audit('verify', ...place.slice(2))
  expect([unnamed.code, unnamed.output]).toEqual([2, expect.stringContaining('--log-key')])
})
