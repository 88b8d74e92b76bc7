import { resolve } from 'node:path'
import type { AuditEntry } from '@rekey/audit-log/internal'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { type Biography, type BiographyVerdict, readBiography } from './biography.ts'
import { type CaCertificate, parseCaChain } from './ca-certificate.ts'
import { findBoundEscrow } from './escrow/bound-escrow.ts'
import { checkCosts, type KeyIdentity, parseEnvelope, type Slot } from './envelope/index.ts'
import { checkIdentity, isInToken, readKeystoreFile } from './keystore-files.ts'
import { readReference } from './pkcs11/token-reference.ts'
import { checkKeystoreDirectory } from './protected-files.ts'
import { checkValidAt } from './validity.ts'

/** The part of `ca.key` that is in the clear, or the reference to a key in a token. */
export interface KeyReport extends KeyIdentity {
  /** The ways to open it, and the cost of each; none for a key in a token. */
  readonly slots: readonly SlotReport[]
  /** The PKCS#11 token that has it, and its `CKA_ID` there in hexadecimal. */
  readonly token?: { readonly label: string; readonly object: string }
}

type SlotReport =
  | Pick<Extract<Slot, { kdf: 'scrypt' }>, 'slot' | 'kdf' | 'n' | 'r' | 'p'>
  | Pick<Exclude<Slot, { kdf: 'scrypt' }>, 'slot' | 'kdf'>

/** The biography of the key, and when it was last backed up and drilled; both absent if it never was, or the log is not sound. */
export interface BiographyReport {
  readonly verdict: BiographyVerdict
  readonly lastBackup?: Date
  readonly lastDrill?: Date
}

/** The state of a keystore, as far as it can be seen without its passphrase. */
export interface KeystoreReport {
  /** Absolute. */
  readonly directory: string
  /** Absent if the file cannot be read, or is not safe or well-formed. */
  readonly key?: KeyReport
  /** Absent likewise. */
  readonly certificate?: {
    /** The subject, on one line. */
    readonly name: string
    readonly notBefore: Date
    readonly notAfter: Date
  }
  /** Absent if it cannot be verified for want of the certificate. */
  readonly biography?: BiographyReport
  /** The reasons for which `openCaKeystore` would refuse it, or `createBackup` its escrow; empty for a sound keystore. */
  readonly problems: readonly SecretError[]
}

/**
 * Inspects a keystore without its passphrase: the identity of the key, its slots, the certificate, and whether `openCaKeystore` would
 * refuse the files, or `createBackup` the escrow. Without a passphrase nothing authenticates the identity; its public key is compared with the certificate.
 *
 * @throws {SecretError} `missing`, `forbidden`, `unreachable` if there is no directory to look into
 *
 * @example
 * ```ts
 * const { key, problems } = await inspectKeystore({ directory })
 * ```
 */
export async function inspectKeystore(place: {
  readonly directory: string
  readonly clock?: Clock
}): Promise<KeystoreReport> {
  const { clock = systemClock } = place
  const directory = resolve(place.directory)
  const { problems, attempt } = collectProblems()
  await attempt(() => checkKeystoreDirectory(directory))
  if (problems[0] !== undefined && problems[0].code !== 'refused') throw problems[0]
  const ca = await attempt(async () =>
    parseCaChain(await readKeystoreFile(directory, 'certificate')),
  )
  const held = await attempt(() => readHolder(directory, ca))
  await attempt(() => {
    if (held) checkCosts(held.slots)
  })
  await attempt(() => {
    if (ca) checkValidAt(ca, clock.now())
  })
  await attempt(() => {
    if (held && ca) checkIdentity(held.key, ca)
  })
  const biography = ca && (await attempt(() => readBiography({ directory })))
  if (held && biography) {
    await attempt(() => findBoundEscrow({ directory, identity: held.key }, biography))
  }
  return {
    directory,
    ...(biography && { biography: biographyReport(biography) }),
    ...(held && { key: held.key }),
    ...(ca && { certificate: { name: ca.name, notBefore: ca.notBefore, notAfter: ca.notAfter } }),
    problems,
  }
}

/** Attempts one look after another, and keeps the errors. */
function collectProblems() {
  const problems: SecretError[] = []
  const attempt = async <T>(look: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await look()
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      problems.push(error)
      return undefined
    }
  }
  return { problems, attempt }
}

/** The key file, or the reference to a token, which takes the certificate to verify. */
async function readHolder(
  directory: string,
  ca: CaCertificate | undefined,
): Promise<{ key: KeyReport; slots: readonly Slot[] } | undefined> {
  if (!(await isInToken(directory))) {
    const { identity, slots } = parseEnvelope(await readKeystoreFile(directory, 'key'))
    return { key: reportOf(identity, slots), slots }
  }
  if (ca === undefined) return undefined
  const { identity, label, object } = await readReference(directory, ca)
  return { key: { ...reportOf(identity, []), token: { label, object } }, slots: [] }
}

function reportOf(identity: KeyIdentity, slots: readonly Slot[]): KeyReport {
  const { id, generation, purpose, spki, created, policy } = identity
  return { id, generation, purpose, spki, created, policy, slots: slots.map(costOf) }
}

function biographyReport({ verdict, entries }: Biography): BiographyReport {
  const last = (wanted: string) => {
    const isDone = ({ action, outcome }: AuditEntry) => action === wanted && outcome === 'succeeded'
    return entries.findLast(isDone)?.at
  }
  const [backup, drill] = [last('backup'), last('drill')]
  return {
    verdict,
    ...(backup !== undefined && { lastBackup: new Date(backup) }),
    ...(drill !== undefined && { lastDrill: new Date(drill) }),
  }
}

function costOf(one: Slot): SlotReport {
  if (one.kdf !== 'scrypt') return { slot: one.slot, kdf: one.kdf }
  const { slot, kdf, n, r, p } = one
  return { slot, kdf, n, r, p }
}
