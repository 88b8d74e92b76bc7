/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export type { TreeCheckpoint } from './tree-checkpoint.ts'
export { type LeafStore, openLeafStore } from './leaf-store.ts'
export type { LogClientEntry } from './log-client.ts'
export { encodeEntry } from './log-entry.ts'
export { logKeyKind } from './log-key.ts'
export { nodeHash } from './merkle-hash.ts'
export type { MerkleTree } from './merkle-tree.ts'
export { auditLog } from './postgres/audit-stored-log.ts'
export { auditServedLog, type LogAuditReport } from './served-audit.ts'
export type { NodePlace } from './tree-shape.ts'
