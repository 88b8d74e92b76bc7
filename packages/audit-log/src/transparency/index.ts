export { anchorHead, type AnchorPlace } from './anchor-head.ts'
export { encodeCertificateEntry } from './certificate-entry.ts'
export {
  checkpointFile,
  type CheckpointMemory,
  type CheckpointStore,
  createCheckpointMemory,
} from './checkpoint-memory.ts'
export { type CheckpointSigner, createCheckpointSigner } from './checkpoint-signer.ts'
export {
  type CheckpointVerifier,
  createCheckpointVerifier,
  type VerifiedCheckpoint,
} from './checkpoint-verifier.ts'
export { encodeHeadEntry, parseHeadEntry, type TrailHead } from './head-entry.ts'
export { openLeafStore } from './leaf-store.ts'
export { createLogClient, encodeProof, type LogClient } from './log-client.ts'
export { parseEntry } from './log-entry.ts'
export { type LogEvidence, verifyEvidence } from './log-evidence.ts'
export { logKey, signHead } from './log-key.ts'
export { openMerkleTree, type TreeHead } from './merkle-tree.ts'
export { createMemoryNodeStore } from './node-store.ts'
export { issueNoteKey } from './note-key.ts'
export type { NewLogEntry } from './postgres/append-batch.ts'
export { auditLog } from './postgres/audit-stored-log.ts'
export { logTablesSql } from './postgres/log-tables.ts'
export { openPostgresLog, type PostgresLog } from './postgres/postgres-log.ts'
export { auditServedLog } from './served-audit.ts'
export { verifyGrowth } from './verify-growth.ts'
export { verifyConsistency, verifyInclusion } from './verify-proof.ts'
