import { resolve } from 'node:path'
import type { AuditEntry } from '@rekey/audit-log'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { type Biography, type BiographyVerdict, readBiography } from './biography.ts'
import { parseCaChain } from './ca-certificate.ts'
import { checkCosts, type KeyIdentity, parseEnvelope, type Slot } from './envelope/index.ts'
import { checkIdentity, readKeystoreFile } from './keystore-files.ts'
import { checkKeystoreDirectory } from './protected-files.ts'
import { checkValidAt } from './validity.ts'

/** The part of `ca.key` that is in the clear. */
export interface KeyReport extends KeyIdentity {
  /** The ways to open it, and the cost of each. */
  readonly slots: readonly SlotReport[]
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
  /** The reasons for which `openCaKeystore` would refuse it; empty for a sound keystore. */
  readonly problems: readonly SecretError[]
}

/**
 * Inspects a keystore without its passphrase: the identity of the key, its slots, the certificate, and whether `openCaKeystore` would
 * refuse the files. Without a passphrase nothing authenticates the identity; its public key is compared with the certificate.
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
  await attempt(() => checkKeystoreDirectory(directory))
  if (problems[0] !== undefined && problems[0].code !== 'refused') throw problems[0]
  const read = (name: 'key' | 'certificate') => readKeystoreFile(directory, name)
  const envelope = await attempt(async () => parseEnvelope(await read('key')))
  const ca = await attempt(async () => parseCaChain(await read('certificate')))
  await attempt(() => {
    if (envelope) checkCosts(envelope.slots)
  })
  await attempt(() => {
    if (ca) checkValidAt(ca, clock.now())
  })
  await attempt(() => {
    if (envelope && ca) checkIdentity(envelope.identity, ca)
  })
  const biography = ca && (await attempt(() => readBiography({ directory })))
  return {
    directory,
    ...(biography && { biography: biographyReport(biography) }),
    ...(envelope && { key: reportOf(envelope.identity, envelope.slots) }),
    ...(ca && { certificate: { name: ca.name, notBefore: ca.notBefore, notAfter: ca.notAfter } }),
    problems,
  }
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
