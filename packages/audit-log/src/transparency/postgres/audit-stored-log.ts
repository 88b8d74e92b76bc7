import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import { type AuditParts, auditEntries, findingOf, type LogAuditReport } from '../served-audit.ts'
import { sameHash } from '../merkle-hash.ts'
import { openMerkleTree, type TreeHead } from '../merkle-tree.ts'
import { openPostgresNodeStore } from './postgres-node-store.ts'
import { readEntries } from './postgres-log.ts'

/** Inputs of {@link auditLog}. */
export interface LogAudit extends AuditParts {
  readonly database: SqlClient
}

const PAGE = 1_000

/**
 * Reads a whole log in PostgreSQL, computes its tree from the entries alone, and compares it with the stored tree and with the
 * checkpoints that clients remember. Memory takes some 50 bytes for each entry.
 *
 * @throws {SecretError} `missing`, `forbidden`, `unreachable` for the database
 * @example
 * ```ts
 * await using leaves = await openLeafStore()
 * const { findings } = await auditLog({ database: pool, checkpoints: [], leaves })
 * ```
 */
export async function auditLog(audit: LogAudit): Promise<LogAuditReport> {
  const { database } = audit
  const stored = await readStoredHead(database)
  const { head, findings } = await auditEntries(audit, {
    read: (start, limit) => readEntries(database, [start, Math.min(limit, PAGE)]),
    size: sizeToRead(stored, audit),
  })
  if (stored?.size === head.size && sameHash(stored.root, head.root)) return { head, findings }
  const problem = `its stored tree is not that of its ${head.size} entries`
  return { head, findings: [...findings, findingOf('rewritten', problem)] }
}

/** Entries that are appended meanwhile are left out. */
function sizeToRead(stored: TreeHead | undefined, { checkpoints }: LogAudit): number | undefined {
  return stored && Math.max(stored.size, ...checkpoints.map(({ size }) => size))
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
