/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { KEY_ALGORITHMS, type KeyAlgorithm } from './algorithms.ts'
export { createBackup, type NewBackup } from './backup/create-backup.ts'
export type { BackupManifest } from './backup/manifest.ts'
export { type Backup, readBackup } from './backup/read-backup.ts'
export {
  type BackupOpening,
  checkBackupOpens,
  type Restoration,
  restoreBackup,
  type Restored,
} from './backup/restore-backup.ts'
export { type BiographyVerdict, LIFE_ACTIONS } from './biography.ts'
export { caPassphraseKind, type CaPassphraseOptions } from './ca-passphrase.ts'
export { changePassphrase, type PassphraseChange } from './change-passphrase.ts'
export {
  createSigningRequest,
  type KeyAndRequest,
  type NewSigningRequest,
} from './create-signing-request.ts'
export { type CrlBundle, publishCrlBundle } from './crl/crl-bundle.ts'
export type { CrlHealth } from './crl/crl-health.ts'
export type { CrlPublisher, Revocation } from './crl/crl-publisher.ts'
export type { CrlOrder, IssuedCrl } from './crl/issue-crl.ts'
export { type Crl, parseCrl } from './crl/parse-crl.ts'
export { type IssuedByListedCa, listFolderOf, type PublishedLists } from './crl/published-lists.ts'
export { requestRevocation, type RevocationOrder } from './crl/request-revocation.ts'
export type { RevocationListsHealth } from './crl/revocation-lists.ts'
export type { RevocationRequest } from './crl/revocation-requests.ts'
export {
  REASONS as REVOCATION_REASONS,
  type RevokedCertificate,
} from './crl/revoked-certificate.ts'
export { crossSign, type CrossSigning } from './cross-sign.ts'
export { drillBackup, type DrillOptions } from './drill/drill-backup.ts'
export {
  describeReport,
  type DrillHealth,
  drillHealth,
  type DrillReport,
  type LastDrill,
  lastDrill,
  type ProvedDrill,
  verifyDrillReport,
} from './drill/drill-report.ts'
export { openOperatorKey } from './drill/operator-signature.ts'
export { checkShare, type PresentedShare, type ShareCheck } from './escrow/combine-shares.ts'
export {
  createEscrow,
  type EscrowCeremony,
  type NewEscrow,
  type Reshare,
  reshareEscrow,
} from './escrow/create-escrow.ts'
export { type EscrowSet, parseEscrowSet } from './escrow/escrow-set.ts'
export { type RecordedShareCheck, recordShareCheck, stateShareCheck } from './escrow/share-check.ts'
export type { CustodianShare } from './escrow/split-secret.ts'
export {
  generatePassphrase,
  generatePassphraseBytes,
  type PassphraseOptions,
} from './generate-passphrase.ts'
export type { CaHorizon } from './horizon.ts'
export { type CaImport, importCa, type ImportedCa } from './import/import-ca.ts'
export {
  type BiographyReport,
  inspectKeystore,
  type KeyReport,
  type KeystoreReport,
} from './inspect-keystore.ts'
export type { IntermediateOrder, Profile } from './issuer.ts'
export type { Passphrase, PassphraseCandidate, PassphraseVersion } from './keystore-files.ts'
export type { SigningRequest } from './parse-signing-request.ts'
export { checkPassphraseOrigin } from './passphrase-origin.ts'
export type { SecretText } from './passphrase.ts'
export { type CaOptions, openCa } from './pkcs11/open-ca.ts'
export type { TokenAlgorithm } from './pkcs11/token-algorithms.ts'
export type { TokenPlace } from './pkcs11/token.ts'
export type { SignedFollower } from './record/follow-signed.ts'
export { type Issuance, readIssuances } from './record/read-issuances.ts'
export { encryptForRecovery, type RecoveryOptions } from './recovery.ts'
export {
  type ActivatedGeneration,
  rollBackRotation,
  type RolledBackStep,
  type RotationStage,
} from './rotation/activate.ts'
export { type Forecast, forecast, readIssued } from './rotation/forecast.ts'
export {
  type Generation,
  type GenerationState,
  type InspectedGeneration,
  inspectGenerations,
  type OpenedGenerations,
  readGenerations,
} from './rotation/generations.ts'
export type { InstalledGeneration } from './rotation/install.ts'
export type { NewGeneration } from './rotation/prepare.ts'
export type { PublishedGeneration, PublishingPlaces } from './rotation/publish.ts'
export type { GenerationRequest, NextKey } from './rotation/request.ts'
export { destroyGeneration, type RetiredGeneration, retireGeneration } from './rotation/retire.ts'
export { type CountedSignatures, readSignCounts } from './sign-counts.ts'
export type { SubjectKey, SubjectKeyType } from './subject-key.ts'
export { renderSharePdf } from './escrow/share-sheet.ts'
