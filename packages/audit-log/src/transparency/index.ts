export { anchorHead, type AnchorPlace } from './anchor-head.ts'
export {
  type AuditParts,
  auditServedLog,
  type LogAuditReport,
  type LogFinding,
  type ServedAudit,
} from './served-audit.ts'
export { type CertificateEntry, encodeCertificateEntry } from './certificate-entry.ts'
export { type LogEvidence, verifyEvidence } from './log-evidence.ts'
export type { Checkpoint } from './checkpoint.ts'
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
export { type LeafStore, openLeafStore } from './leaf-store.ts'
export {
  createLogClient,
  decodeProof,
  encodeProof,
  type LogAddress,
  type LogClient,
  type LogClientEntry,
} from './log-client.ts'
export { encodeEntry, parseEntry, type TypedEntry } from './log-entry.ts'
export { logKey, logKeyKind, signHead } from './log-key.ts'
export { emptyRoot, leafHash, nodeHash } from './merkle-hash.ts'
export { type MerkleTree, openMerkleTree, type TreeHead } from './merkle-tree.ts'
export { createMemoryNodeStore, type NodeStore, type TreeNode } from './node-store.ts'
export { issueNoteKey, type IssuedNoteKey } from './note-key.ts'
export type { NodePlace } from './tree-shape.ts'
export { type Growth, verifyGrowth } from './verify-growth.ts'
export {
  type ConsistencyClaim,
  type InclusionClaim,
  verifyConsistency,
  verifyInclusion,
} from './verify-proof.ts'
