import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEntry } from '@rekey/audit-log/internal'
import { SecretError } from '@rekey/secret'
import { ifMissing, replaceFile, syncDirectory } from '@rekey/secret/internal/files'
import { type Biography, biographyNotSound, readMendedBiography } from '../biography.ts'
import { parseCaChain } from '../ca-certificate.ts'
import { type KeyIdentity, parseEnvelope } from '../envelope/index.ts'
import { explained } from '../file-errors.ts'
import { checkIdentity, readKeystoreFile } from '../keystore-files.ts'
import { checkKeystoreDirectory, readIfPresent } from '../protected-files.ts'
import {
  ESCROW_FILE,
  type EscrowSet,
  escrowDigest,
  MAX_ESCROW_CHARS,
  parseEscrowSet,
  spkiDigest,
} from './escrow-set.ts'

/** The identity of a CA key that an escrow states too. */
export type EscrowedKey = Pick<KeyIdentity, 'id' | 'generation' | 'spki'>

/** A keystore whose escrow is read. */
interface EscrowPlace {
  readonly directory: string
  readonly identity: EscrowedKey
}

/** An escrow that the key of its CA has signed and its biography states. */
export interface BoundEscrow {
  /** The text of `escrow.json`. */
  readonly text: string
  readonly set: EscrowSet
}

/** Has the next escrow from before it is recorded until it is in effect. */
const PENDING_ESCROW_FILE = 'escrow.json.next'

/**
 * Reads the escrow of a CA. `escrow.json` verifies by itself, so a writer of that one file could put an escrow of their own there,
 * or an earlier one of the CA: it must state this key, id and generation, and be the one that the biography recorded last. Completes an escrow
 * that was recorded when its process was killed.
 *
 * @returns undefined for a CA without one
 * @throws {SecretError} `rejected` for a text that no escrow signed; `refused` with the reason `escrow-other-ca` or `escrow-not-recorded`, or
 *   `biography` if that is not sound; `missing` with the reason `escrow-lost` for one that is recorded and not there
 */
export async function readBoundEscrow(place: EscrowPlace): Promise<BoundEscrow | undefined> {
  const found = await findBoundEscrow(place, await readMendedBiography(place.directory))
  if (found?.isPending === true) await completeEscrow(place.directory)
  return found
}

/** Does what {@link readBoundEscrow} does, and changes nothing. */
export async function findBoundEscrow(
  { directory, identity }: EscrowPlace,
  { verdict, entries }: Biography,
): Promise<(BoundEscrow & { readonly isPending: boolean }) | undefined> {
  const [text, pending] = await Promise.all(
    [ESCROW_FILE, PENDING_ESCROW_FILE].map((name) =>
      readIfPresent(join(directory, name), 'key', MAX_ESCROW_CHARS),
    ),
  )
  const recorded = recordIn(entries)
  if (pending !== undefined && recorded?.['sha256'] === escrowDigest(pending)) {
    return { text: pending, set: parseEscrowOf(pending, identity), isPending: true }
  }
  if (text === undefined && recorded === undefined) return undefined
  if (text === undefined) throw lost(directory)
  const set = parseEscrowOf(text, identity)
  if (!verdict.ok) throw biographyNotSound(verdict.reason)
  if (isAmbiguous(entries) || !isRecorded(text, set, entries)) throw notRecorded(directory)
  return { text, set, isPending: false }
}

/** Reads an `escrow.json` of a key. @throws {SecretError} `rejected`, or `refused` with the reason `escrow-other-ca` */
export function parseEscrowOf(text: string, key: EscrowedKey): EscrowSet {
  const set = parseEscrowSet(text)
  if (isEscrowOf(set, key)) return set
  const message =
    `${ESCROW_FILE} is the escrow of another CA or another generation: a backup made for it would open for the custodians of that. Find out what put it ` +
    `there. ${WAYS}`
  throw new SecretError('refused', message, { reason: 'escrow-other-ca' })
}

/** Whether the CA of the escrow is that of the key. */
export function isEscrowOf(set: EscrowSet, { id, generation, spki }: EscrowedKey): boolean {
  const stated = set.authority
  return stated.id === id && stated.generation === generation && spkiDigest(set) === spki
}

/** Whether the escrow is the one that a biography recorded last. */
export function isRecorded(
  text: string,
  { set, threshold, custodians }: EscrowSet,
  entries: readonly AuditEntry[],
): boolean {
  const recorded = recordIn(entries)
  if (recorded === undefined) return false
  const { sha256 } = recorded
  if (sha256 !== undefined) return sha256 === escrowDigest(text)
  const isSame = recorded['threshold'] === threshold && recorded['shares'] === custodians.length
  return recorded['set'] === set && isSame
}

/** Earlier versions recorded no digest: custodians of an escrow that was replaced could sign a set of the recorded name. */
function isAmbiguous(entries: readonly AuditEntry[]): boolean {
  const created = entries.filter(({ action }) => action === 'escrow')
  return created.length > 1 && recordIn(entries)?.['sha256'] === undefined
}

function recordIn(entries: readonly AuditEntry[]): AuditEntry['details'] {
  return entries.findLast(({ action }) => action === 'escrow' || action === 'reshare')?.details
}

/** Writes an escrow that takes effect with its entry in the biography, which `record` makes. */
export async function putEscrowInEffect(
  directory: string,
  text: string,
  record: () => Promise<void>,
): Promise<void> {
  await replaceFile(join(directory, PENDING_ESCROW_FILE), text)
  await record()
  await completeEscrow(directory)
}

async function completeEscrow(directory: string): Promise<void> {
  const pending = join(directory, PENDING_ESCROW_FILE)
  // Another process may have completed it.
  await rename(pending, join(directory, ESCROW_FILE))
    .catch(ifMissing)
    .catch((error: unknown) => {
      throw explained(pending, error)
    })
  await syncDirectory(directory)
}

/** The identity of the key in a keystore, compared with its certificate. @throws {SecretError} as `openCaKeystore` */
export async function readEscrowedKey(directory: string): Promise<KeyIdentity> {
  await checkKeystoreDirectory(directory)
  const { identity } = parseEnvelope(await readKeystoreFile(directory, 'key'))
  checkIdentity(identity, parseCaChain(await readKeystoreFile(directory, 'certificate')))
  return identity
}

const WAYS =
  `Put ${ESCROW_FILE} of the newest backup or of a custodian back, or create a new escrow: ` +
  'rekey ca escrow create DIRECTORY --passphrase-file FILE --threshold M --holder NAME --out DIRECTORY'

function lost(directory: string): SecretError {
  const message = `${directory} has no ${ESCROW_FILE}, and its biography records an escrow: later backups would not open by its shares. ${WAYS}`
  return new SecretError('missing', message, { reason: 'escrow-lost', directory })
}

function notRecorded(directory: string): SecretError {
  const message =
    `${ESCROW_FILE} in ${directory} is not the escrow that the biography of the key recorded last: custodians who were replaced could open a backup made ` +
    `for it. ${WAYS}`
  return new SecretError('refused', message, { reason: 'escrow-not-recorded', directory })
}

/** The error of a keystore without an escrow. */
export function noEscrow(directory: string): SecretError {
  const message = `${directory} has no escrow; create one with rekey ca escrow create`
  return new SecretError('missing', message, { reason: 'no-escrow', directory })
}
