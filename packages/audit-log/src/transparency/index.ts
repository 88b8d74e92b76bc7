/**
 * The Merkle tree of a transparency log, its proofs, its signed checkpoints, and the log in PostgreSQL.
 *
 * @module
 */
export { anchorHead, type AnchorPlace } from './anchor-head.ts'
export { encodeCertificateEntry } from './certificate-entry.ts'
export {
  checkpointFile,
  type CheckpointMemory,
  type CheckpointMemoryParts,
  type CheckpointStore,
  createCheckpointMemory,
} from './checkpoint-memory.ts'
export { type CheckpointSigner, createCheckpointSigner } from './checkpoint-signer.ts'
export {
  type CheckpointTrust,
  type CheckpointVerifier,
  createCheckpointVerifier,
  type VerifiedCheckpoint,
} from './checkpoint-verifier.ts'
export { encodeHeadEntry, parseHeadEntry, type TrailHead } from './head-entry.ts'
export { createLogClient, encodeProof, type LogAddress, type LogClient } from './log-client.ts'
export { parseEntry } from './log-entry.ts'
export { type LogEvidence, verifyEvidence } from './log-evidence.ts'
export { logKey, signHead } from './log-key.ts'
export { openMerkleTree, type TreeHead } from './merkle-tree.ts'
export { createMemoryNodeStore, type NodeStore } from './node-store.ts'
export { issueNoteKey } from './note-key.ts'
export type { NewLogEntry } from './postgres/append-batch.ts'
export { logTablesSql } from './postgres/log-tables.ts'
export { openPostgresLog, type PostgresLog } from './postgres/postgres-log.ts'
export { verifyGrowth } from './verify-growth.ts'
export { verifyConsistency, verifyInclusion } from './verify-proof.ts'
export { emptyRoot, leafHash } from './merkle-hash.ts'
