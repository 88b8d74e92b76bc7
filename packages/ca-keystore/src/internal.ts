/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export { KEY_ALGORITHMS, type KeyAlgorithm } from './algorithms.ts'
export { createBackup, type NewBackup } from './backup/create-backup.ts'
export { readBackup } from './backup/read-backup.ts'
export { checkBackupOpens, type Restoration, restoreBackup } from './backup/restore-backup.ts'
export { LIFE_ACTIONS } from './biography.ts'
export { caPassphraseKind } from './ca-passphrase.ts'
export { changePassphrase } from './change-passphrase.ts'
export { createSigningRequest } from './create-signing-request.ts'
export { publishCrlBundle } from './crl/crl-bundle.ts'
export type { Revocation } from './crl/crl-publisher.ts'
export type { CrlOrder } from './crl/issue-crl.ts'
export { parseCrl } from './crl/parse-crl.ts'
export { listFolderOf, type PublishedLists } from './crl/published-lists.ts'
export { requestRevocation } from './crl/request-revocation.ts'
export type { RevocationListsHealth } from './crl/revocation-lists.ts'
export { crossSign } from './cross-sign.ts'
export { drillBackup } from './drill/drill-backup.ts'
export { describeReport, drillHealth, lastDrill, verifyDrillReport } from './drill/drill-report.ts'
export { openOperatorKey } from './drill/operator-signature.ts'
export { checkShare, type PresentedShare } from './escrow/combine-shares.ts'
export { createEscrow, type EscrowCeremony, reshareEscrow } from './escrow/create-escrow.ts'
export { parseEscrowSet } from './escrow/escrow-set.ts'
export { recordShareCheck, stateShareCheck } from './escrow/share-check.ts'
export type { CustodianShare } from './escrow/split-secret.ts'
export { generatePassphrase } from './generate-passphrase.ts'
export { type CaImport, importCa } from './import/import-ca.ts'
export { inspectKeystore } from './inspect-keystore.ts'
export type { Profile } from './issuer.ts'
export type { PassphraseVersion } from './keystore-files.ts'
export { checkPassphraseOrigin } from './passphrase-origin.ts'
export type { SecretText } from './passphrase.ts'
export { openCa } from './pkcs11/open-ca.ts'
export { type Issuance, readIssuances } from './record/read-issuances.ts'
export { encryptForRecovery } from './recovery.ts'
export {
  type ActivatedGeneration,
  rollBackRotation,
  type RotationStage,
} from './rotation/activate.ts'
export { forecast } from './rotation/forecast.ts'
export {
  type InspectedGeneration,
  inspectGenerations,
  readGenerations,
} from './rotation/generations.ts'
export type { GenerationRequest } from './rotation/request.ts'
export { destroyGeneration, retireGeneration } from './rotation/retire.ts'
export { renderSharePdf } from './escrow/share-sheet.ts'
