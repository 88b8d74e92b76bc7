import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import type { Checkpoint } from '../checkpoint.ts'
import { sameHash } from '../merkle-hash.ts'
import { openMerkleTree, type TreeHead } from '../merkle-tree.ts'
import type { NodeStore } from '../node-store.ts'
import { openPostgresNodeStore } from './postgres-node-store.ts'
import { readEntries, type StoredEntry } from './postgres-log.ts'

/** Inputs of {@link auditLog}. */
export interface LogAudit {
  readonly database: SqlClient
  /** The checkpoints that clients of the log remember, verified. */
  readonly checkpoints: readonly Checkpoint[]
  /** Called with each entry, in their order. */
  readonly onEntry?: (entry: StoredEntry) => void
}

/** A promise that a log broke. */
export interface LogFinding {
  /**
   * `truncated`: it has fewer entries than it had; `rewritten`: an entry or a node is another than it was, or is gone; `forked`: it
   * has given two clients different trees of one size
   */
  readonly reason: 'truncated' | 'rewritten' | 'forked'
  readonly message: string
}

/** The result of an audit. */
export interface LogAuditReport {
  /** Computed from the entries. */
  readonly head: TreeHead
  /** Empty for a log that has kept its promises. */
  readonly findings: readonly LogFinding[]
}

const PAGE = 1_000

/**
 * Reads a whole log in PostgreSQL, computes its tree from the entries alone, and compares it with the stored tree and with the
 * checkpoints that clients remember. Memory does not grow with the log.
 *
 * @throws {SecretError} `missing`, `forbidden`, `unreachable` for the database
 * @example
 * ```ts
 * const { findings } = await auditLog({ database: pool, checkpoints: [] })
 * ```
 */
export async function auditLog(audit: LogAudit): Promise<LogAuditReport> {
  const { database, checkpoints } = audit
  const stored = await readStoredHead(database)
  const tree = await openMerkleTree(COMPUTED)
  const findings: LogFinding[] = []
  const marks = [...checkpoints].sort((a, b) => a.size - b.size)
  for (const { size } of marks) {
    await extend(tree, size, audit)
    const same = marks.filter((other) => other.size === size)
    if (tree.head.size === size) findings.push(...compare(tree.head, same))
  }
  await extend(tree, stored?.size ?? Number.MAX_SAFE_INTEGER, audit)
  const { head } = tree
  for (const { size } of marks) {
    if (size > head.size) {
      findings.push(finding('truncated', `it has ${head.size} entries, and had ${size}`))
    }
  }
  if (stored?.size !== head.size || !sameHash(stored.root, head.root)) {
    const message = `its stored tree is not that of its ${head.size} entries`
    findings.push(finding('rewritten', message))
  }
  const unique = new Map(findings.map((each) => [each.message, each]))
  return { head, findings: [...unique.values()] }
}

/** A tree that is computed once needs none of its nodes again. */
const COMPUTED: NodeStore = {
  size: () => Promise.resolve(0),
  read: () => Promise.resolve([]),
  append: () => Promise.resolve(),
}

/** Appends the entries up to `size`, or to the first that is not there. */
async function extend(
  tree: Awaited<ReturnType<typeof openMerkleTree>>,
  size: number,
  { database, onEntry }: LogAudit,
): Promise<void> {
  for (;;) {
    const start = tree.head.size
    const limit = Math.min(PAGE, size - start)
    if (limit <= 0) return
    const entries = await readEntries(database, [start, limit])
    const next = entries.filter(({ index }, at) => index === start + at)
    await tree.append(next.map(({ entry }) => entry))
    if (onEntry) next.forEach(onEntry)
    if (next.length < limit) return
  }
}

/** Compares checkpoints of one size with the tree of that size. */
function compare({ size, root }: TreeHead, checkpoints: readonly Checkpoint[]): LogFinding[] {
  const others = checkpoints.filter((checkpoint) => !sameHash(checkpoint.root, root))
  if (others.length === 0) return []
  const isForked =
    new Set(checkpoints.map((each) => Buffer.from(each.root).toString('hex'))).size > 1
  if (isForked) return [finding('forked', `clients remember different trees of ${size} entries`)]
  return [finding('rewritten', `its first ${size} entries are not those that a client remembers`)]
}

async function readStoredHead(database: SqlClient): Promise<TreeHead | undefined> {
  try {
    return (await openMerkleTree(openPostgresNodeStore(database))).head
  } catch (error) {
    const isIncomplete = error instanceof SecretError && 'nodes' in error.details
    if (isIncomplete) return undefined
    throw error
  }
}

function finding(reason: LogFinding['reason'], problem: string): LogFinding {
  const remedy = 'keep the checkpoints and a copy of the database, and report the log'
  return { reason, message: `the log was ${reason}: ${problem}; ${remedy}` }
}
