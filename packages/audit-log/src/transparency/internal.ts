/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { CertificateEntry } from './certificate-entry.ts'
export type { TreeCheckpoint } from './tree-checkpoint.ts'
export { type LeafStore, openLeafStore } from './leaf-store.ts'
export type { LogClientEntry } from './log-client.ts'
export { encodeEntry, type TypedEntry } from './log-entry.ts'
export { logKeyKind } from './log-key.ts'
export { nodeHash } from './merkle-hash.ts'
export type { MerkleTree } from './merkle-tree.ts'
export type { TreeNode } from './node-store.ts'
export type { IssuedNoteKey } from './note-key.ts'
export type { LoggedEntry } from './postgres/append-batch.ts'
export { auditLog, type LogAudit } from './postgres/audit-stored-log.ts'
export type { StoredEntry } from './postgres/postgres-log.ts'
export {
  type AuditParts,
  auditServedLog,
  type LogAuditReport,
  type LogFinding,
  type ServedAudit,
} from './served-audit.ts'
export type { NodePlace } from './tree-shape.ts'
export type { Growth } from './verify-growth.ts'
export type { ConsistencyClaim, InclusionClaim } from './verify-proof.ts'
