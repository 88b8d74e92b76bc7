import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SecretError } from '@rekey/secret'
import { entriesOf } from '../biography.ts'
import { type CaCertificate, parseCaChain } from '../ca-certificate.ts'
import { parseCrl } from '../crl/parse-crl.ts'
import { type KeyIdentity, parseEnvelope } from '../envelope/index.ts'
import { isEscrowOf, isRecorded } from '../escrow/bound-escrow.ts'
import { ESCROW_FILE, parseEscrowSet } from '../escrow/escrow-set.ts'
import { explained } from '../file-errors.ts'
import { checkIdentity } from '../keystore-files.ts'
import { publicKeyDigest } from '../key-digest.ts'
import {
  type BackupManifest,
  MANIFEST_FILE,
  readManifest,
  requiredFiles,
  sha256,
} from './manifest.ts'

/** A backup whose manifest, hashes and completeness were verified. */
export interface Backup {
  /** Absolute. */
  readonly path: string
  readonly manifest: BackupManifest
  /** SHA-256 of the manifest, which names the backup. */
  readonly digest: string
  readonly ca: CaCertificate
  readonly identity: KeyIdentity
  /** By name, without the manifest. */
  readonly files: ReadonlyMap<string, string>
}

/** A biography is the largest file. */
const MAX_BYTES = 64 * 1024 * 1024

/**
 * Reads a backup and verifies it without opening it (level L0): the manifest that the CA signed, the SHA-256 of each file, that none
 * is missing or was added, and that key, certificate and revocation list are those of one CA. Modes and owners do not matter: a
 * backup may lie on any medium.
 *
 * @param published PEM of the certificate that verifiers have, to notice the backup of another CA
 * @throws {SecretError} `missing` with the `part` that is missing; `rejected` for a manifest or a file that was changed; `refused` for an
 *   added file, the backup of another CA, or one that was made for an escrow which is not that of the CA; `malformed`, `forbidden`, `unreachable`
 *
 * @example
 * ```ts
 * const { manifest } = await readBackup('/media/backup/2026-11-26')
 * ```
 */
export async function readBackup(path: string, published?: string): Promise<Backup> {
  const directory = resolve(path)
  const names = await readdir(directory).catch((error: unknown) => {
    throw explained(directory, error)
  })
  for (const part of [MANIFEST_FILE, 'ca.crt']) if (!names.includes(part)) throw lacking(part)
  const text = await readPlainFile(join(directory, MANIFEST_FILE))
  const ca = parseCaChain(await readPlainFile(join(directory, 'ca.crt')))
  const manifest = readManifest(text, ca.publicKey)
  const files = new Map<string, string>()
  for (const name of names.filter((one) => one !== MANIFEST_FILE)) {
    const stated = manifest.files[name]
    if (stated === undefined) throw added(name)
    const content = await readPlainFile(join(directory, name))
    if (sha256(content) !== stated) throw changed(name)
    files.set(name, content)
  }
  const needed = [...requiredFiles(manifest), ...Object.keys(manifest.files)]
  for (const part of needed) if (!files.has(part)) throw lacking(part)
  const backup = { path: directory, manifest, digest: sha256(text), ca, files }
  return { ...backup, identity: checkContent(backup, published) }
}

function checkContent(
  { manifest, ca, files }: Omit<Backup, 'identity'>,
  published: string | undefined,
): KeyIdentity {
  const { identity } = parseEnvelope(files.get('ca.key') ?? '')
  checkIdentity(identity, ca)
  const { key, crl } = manifest
  if (identity.id !== key.id || identity.spki !== key.spki) throw changed('ca.key')
  if (crl !== undefined) {
    const { number } = parseCrl(files.get('crl.pem') ?? '', ca.chain)
    const isCounted = files.get('crl.number') === `${crl}\n` && number <= BigInt(crl)
    if (!isCounted) throw changed('crl.number')
  } else if (files.has('crl.number')) throw lacking('crl.pem')
  if (published !== undefined && publicKeyDigest(parseCaChain(published).publicKey) !== key.spki) {
    throw otherCa()
  }
  checkEscrow(files, identity)
  return identity
}

/** The CA signs a manifest with the escrow that lies beside its key, which an earlier version did not compare with the key. */
function checkEscrow(files: Backup['files'], identity: KeyIdentity): void {
  const text = files.get(ESCROW_FILE)
  if (text === undefined) return
  const [set, life] = [parseEscrowSet(text), entriesOf(files.get('biography.log') ?? '')]
  if (!isEscrowOf(set, identity)) throw otherEscrow('escrow-other-ca')
  if (!isRecorded(text, set, life)) throw otherEscrow('escrow-not-recorded')
}

/** Reads a file of any mode without following a link or waiting for a FIFO. @throws {SecretError} */
export async function readPlainFile(path: string): Promise<string> {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
    await using file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const stat = await file.stat()
    if (!stat.isFile() || stat.size > MAX_BYTES) {
      const message = `${path} is no file of at most ${MAX_BYTES} bytes; take another backup`
      throw new SecretError('malformed', message, { path })
    }
    return await file.readFile('utf8')
  } catch (error) {
    throw explained(path, error)
  }
}

function lacking(part: string): SecretError {
  const message = `the backup lacks ${part}, so it cannot restore the CA; take another backup, and make a new one`
  return new SecretError('missing', message, { reason: 'incomplete', part })
}

function added(file: string): SecretError {
  const message = `the backup has ${file}, which its manifest does not list; remove it, and find out what put it there`
  return new SecretError('refused', message, { reason: 'unknown-file', file })
}

function changed(file: string): SecretError {
  const message = `${file} in the backup is damaged or was changed; take another backup`
  return new SecretError('rejected', message, { reason: 'changed', file })
}

function otherEscrow(reason: string): SecretError {
  const message =
    'the backup was made for the escrow of another CA, or for one that was replaced: its custodians can open the backup. Take another backup, and replace the ' +
    'CA key. With the passphrase of this backup, stock OpenSSL opens its recovery.pem, and rekey ca import takes the key over'
  return new SecretError('refused', message, { reason })
}

function otherCa(): SecretError {
  const message = 'the backup is that of another CA than the certificate given; name the right one'
  return new SecretError('refused', message, { reason: 'other-ca' })
}
