import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { findForTest, openPostgres } from '@rekey/testbed'
import {
  createCheckpointSigner,
  createCheckpointVerifier,
  issueNoteKey,
  logTablesSql,
  openPostgresLog,
  leafHash,
} from '@rekey/audit-log/transparency'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const judge = await findForTest('log-judge')
const ENTRIES = 33
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const key = issueNoteKey('ct.example.com/log')
const signer = createCheckpointSigner(key.signerKey)

/** What the judge of another project reads. */
interface Case {
  readonly note: string
  readonly roots: Readonly<Record<number, string>>
  readonly inclusions: { index: number; size: number; leaf: string; proof: string[] }[]
  readonly consistencies: { before: number; size: number; proof: string[] }[]
}

function judged(content: Case) {
  const keys = { verifierKey: key.verifierKey, signerKey: key.signerKey.expose() }
  const input = JSON.stringify({ ...keys, ...content })
  const { status, stdout, stderr } = spawnSync(judge.path, { input, encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout) as {
    Size: number
    Root: string
    Inclusions: boolean[]
    Consistencies: boolean[]
    Signed: string
  }
}

/** Changes one bit of one hash of a proof, or adds one where there is none. */
function forged<Claim extends { readonly proof: string[] }>(claim: Claim): Claim {
  const [first, ...rest] = claim.proof
  if (first === undefined) return { ...claim, proof: [base64(randomBytes(32))] }
  const bytes = Buffer.from(first, 'base64')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return { ...claim, proof: [bytes.toString('base64'), ...rest] }
}

describe.runIf(judge.found)('the verifier of sum.golang.org', () => {
  let good: Case
  let server: Awaited<ReturnType<typeof openPostgres>>

  beforeAll(async () => {
    server = await openPostgres()
    const pool = new pg.Pool({ connectionString: server.adminUrl.expose() })
    await pool.query('create role appender')
    await pool.query(logTablesSql('appender'))
    const log = openPostgresLog(pool)
    const roots: Record<number, string> = {}
    const leaves: string[] = []
    for (let at = 0; at < ENTRIES; at += 1) {
      const entry = randomBytes(100)
      const { head } = await log.append({ key: randomBytes(8), entry })
      roots[head.size] = base64(head.root)
      leaves.push(base64(leafHash(entry)))
    }
    const inclusions: Case['inclusions'] = []
    const consistencies: Case['consistencies'] = []
    for (let size = 1; size <= ENTRIES; size += 1) {
      for (const [index, leaf] of leaves.slice(0, size).entries()) {
        const proof = await log.inclusionProof({ index, size })
        inclusions.push({ index, size, leaf, proof: proof.map(base64) })
      }
      for (let before = 1; before < size; before += 1) {
        const proof = await log.consistencyProof({ before, size })
        consistencies.push({ before, size, proof: proof.map(base64) })
      }
    }
    const note = signer.sign({ origin: signer.name, ...(await log.head()) })
    good = { note, roots, inclusions, consistencies }
    await pool.end()
  }, 60_000)
  afterAll(() => server.close())

  it('accepts every checkpoint and proof of a log in PostgreSQL', () => {
    const verdict = judged(good)
    expect(verdict).toMatchObject({ Size: ENTRIES, Root: good.roots[ENTRIES] })
    expect(verdict.Inclusions).toEqual(Array(561).fill(true))
    expect(verdict.Consistencies).toEqual(Array(528).fill(true))
  })

  it('refuses each of them with one bit changed', () => {
    const inclusions = good.inclusions.map(forged)
    const verdict = judged({ ...good, inclusions, consistencies: good.consistencies.map(forged) })
    expect(verdict.Inclusions).toEqual(Array(561).fill(false))
    expect(verdict.Consistencies).toEqual(Array(528).fill(false))
  })

  it('signs notes that we verify, with keys of ours', () => {
    const { Signed } = judged(good)
    expect(Signed).toBe(good.note)
    const verifier = createCheckpointVerifier({ log: key.verifierKey })
    expect(verifier.verify(Signed)).toMatchObject({ size: ENTRIES })
  })
})
