import { SecretError } from '@rekey/secret'
import type { TreeCheckpoint } from './tree-checkpoint.ts'
import type { VerifiedCheckpoint } from './checkpoint-verifier.ts'
import type { LeafStore } from './leaf-store.ts'
import type { LogClient, LogClientEntry } from './log-client.ts'
import { sameHash } from './merkle-hash.ts'
import { openMerkleTree, type MerkleTree, type TreeHead } from './merkle-tree.ts'
import { verifyGrowth } from './verify-growth.ts'
import { verifyInclusion } from './verify-proof.ts'

/** A promise that a log broke. */
export interface LogFinding {
  /**
   * `truncated`: it has fewer entries than it had; `rewritten`: an entry or a node is another than it was, or is gone; `forked`: it
   * has given two clients different trees of one size; `unproved`: it does not prove an entry that it has
   */
  readonly reason: 'truncated' | 'rewritten' | 'forked' | 'unproved'
  readonly message: string
}

/** The result of an audit. */
export interface LogAuditReport {
  /** Computed from the entries. */
  readonly head: TreeHead
  /** Empty for a log that has kept its promises. */
  readonly findings: readonly LogFinding[]
}

/** The parts of every audit. */
export interface AuditParts {
  /** The checkpoints that clients of the log remember, verified. */
  readonly checkpoints: readonly TreeCheckpoint[]
  /** The leaves that were read before, which are not read again, and from now on those that are. */
  readonly leaves: LeafStore
  /** Called with each entry that is read, in their order, before its leaf is kept: again if the process is killed between. */
  readonly onEntry?: ((entry: LogClientEntry) => void) | undefined
}

/** Inputs of {@link auditServedLog}. */
export interface ServedAudit extends AuditParts {
  readonly client: LogClient
  /** The newest checkpoint of the log, verified. */
  readonly newest: VerifiedCheckpoint
}

/** Entries that an answer may have. */
const PAGE = 100
const PROVED = 32

/**
 * Reads a whole log over HTTP, computes its tree from the entries alone, and compares it with the newest checkpoint and with those that
 * clients remember. If there is a finding, remove the leaves that were read from their store. The log must also prove its growth since each of them, and entries that are spread over it. Memory
 * takes some 50 bytes for each entry.
 *
 * @throws {SecretError} of the client; then the leaves that were read are kept, and the next audit goes on from there
 * @example
 * ```ts
 * const log = issueNoteKey('ct.example.com/log').verifierKey
 * const client = createLogClient({ url: 'https://ct.example.com', fetch })
 * const newest = createCheckpointVerifier({ log }).verify(await client.checkpoint())
 * await using leaves = await openLeafStore('/var/lib/auditor/leaves')
 * const { findings } = await auditServedLog({ client, newest, checkpoints: [], leaves })
 * ```
 */
export async function auditServedLog(audit: ServedAudit): Promise<LogAuditReport> {
  const { client, newest, leaves } = audit
  const start = await leaves.size()
  const own = { origin: newest.origin, ...(await openMerkleTree(leaves)).head }
  const checkpoints = [...audit.checkpoints, newest, ...(start > 0 ? [own] : [])]
  const read = (from: number, limit: number) =>
    client.entries({ start: from, count: Math.min(limit, PAGE) })
  const report = await auditEntries({ ...audit, checkpoints }, { read, size: newest.size })
  const findings = [...report.findings, ...(await findUngrown(audit, checkpoints))]
  // The leaves of a log that changed are not those that it proves.
  if (findings.length === 0) findings.push(...(await findUnproved(audit)))
  return { head: report.head, findings: unique(findings) }
}

/** Where entries come from. */
export interface EntrySource {
  /** Reads up to `limit` entries from `start` on; none at the end. */
  readonly read: (start: number, limit: number) => Promise<readonly LogClientEntry[]>
  /** How many there are, as the log states; default all that there are. */
  readonly size?: number | undefined
}

/** Computes the tree of a log from its entries, and compares it with checkpoints. */
export async function auditEntries(
  { leaves, checkpoints, onEntry }: AuditParts,
  { read, size = Number.MAX_SAFE_INTEGER }: EntrySource,
): Promise<LogAuditReport> {
  const tree = await openMerkleTree(leaves)
  const extend = async (end: number) => {
    while (tree.head.size < end) {
      const start = tree.head.size
      const entries = await read(start, end - start)
      const next = entries.slice(0, end - start).filter(({ index }, at) => index === start + at)
      if (next.length === 0) return
      if (onEntry) next.forEach(onEntry)
      await tree.append(next.map(({ entry }) => entry))
    }
  }
  const findings: LogFinding[] = []
  for (const mark of [...new Set(checkpoints.map((each) => each.size))].sort((a, b) => a - b)) {
    await extend(Math.min(mark, size))
    const same = checkpoints.filter((checkpoint) => checkpoint.size === mark)
    const has = Math.min(tree.head.size, size)
    if (mark > has) findings.push(findingOf('truncated', `it has ${has} entries, and had ${mark}`))
    findings.push(...(await compare(tree, same)))
  }
  await extend(size)
  return { head: tree.head, findings: unique(findings) }
}

/** Compares checkpoints of one size with the tree of that size, as far as that is known, and with each other. */
async function compare(tree: MerkleTree, same: readonly TreeCheckpoint[]): Promise<LogFinding[]> {
  const size = same[0]?.size ?? 0
  const roots = new Set(same.map(({ root }) => Buffer.from(root).toString('hex')))
  if (roots.size > 1) {
    return [findingOf('forked', `clients remember different trees of ${size} entries`)]
  }
  if (size > tree.head.size) return []
  const root = size === tree.head.size ? tree.head.root : await tree.rootAt(size)
  if (same.every((checkpoint) => sameHash(checkpoint.root, root))) return []
  const problem = `its first ${size} entries are not those that a client remembers`
  return [findingOf('rewritten', problem)]
}

/** Asks the log to prove its growth since each of the checkpoints. */
async function findUngrown(
  { client, newest }: ServedAudit,
  checkpoints: readonly TreeCheckpoint[],
): Promise<LogFinding[]> {
  const findings: LogFinding[] = []
  for (const before of checkpoints) {
    const of = { before: before.size, size: newest.size }
    if (of.before === 0 || of.before >= of.size) continue
    const isProved = await proves(async () => {
      verifyGrowth({ before, after: newest, proof: await client.consistencyProof(of) })
    })
    const problem = `it does not prove that it begins with the ${of.before} entries that a client remembers`
    if (!isProved) findings.push(findingOf('rewritten', problem))
  }
  return findings
}

/** Asks the log to prove entries that are spread over it. */
async function findUnproved({ client, newest, leaves }: ServedAudit): Promise<LogFinding[]> {
  const findings: LogFinding[] = []
  const { size, root } = newest
  for (const index of spread(size)) {
    const [leaf = new Uint8Array()] = await leaves.read([{ level: 0, index }])
    const isProved = await proves(async () => {
      const proof = await client.inclusionProof({ index, size })
      verifyInclusion({ leaf, index, size, root, proof })
    })
    if (!isProved) findings.push(findingOf('unproved', `it does not prove entry ${index}`))
  }
  return findings
}

async function proves(ask: () => Promise<void>): Promise<boolean> {
  try {
    await ask()
    return true
  } catch (error) {
    if (!isOfLog(error)) throw error
    return false
  }
}

/** Whether an error is an answer of the log that proves nothing; one that does not answer is no finding. */
function isOfLog(error: unknown): boolean {
  return (
    error instanceof SecretError &&
    ['missing', 'malformed', 'rejected', 'conflict'].includes(error.code)
  )
}

/** Indexes below `count`, the first and the last among them. */
function spread(count: number): number[] {
  const last = Math.min(count, PROVED) - 1
  const indexes = Array.from({ length: last + 1 }, (_, at) =>
    last === 0 ? 0 : Math.round((at * (count - 1)) / last),
  )
  return [...new Set(indexes)]
}

/** A finding with its remedy. */
export function findingOf(reason: LogFinding['reason'], problem: string): LogFinding {
  const remedy = 'keep the checkpoints and a copy of the database, and report the log'
  return { reason, message: `the log was ${reason}: ${problem}; ${remedy}` }
}

/** Findings of different messages. */
function unique(findings: readonly LogFinding[]): LogFinding[] {
  return [...new Map(findings.map((each) => [each.message, each])).values()]
}
