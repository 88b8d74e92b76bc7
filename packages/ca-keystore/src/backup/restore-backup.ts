import { readdir } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { readBiography, recordLife } from '../biography.ts'
import { type Crl, parseCrl } from '../crl/parse-crl.ts'
import { openEnvelope, type Opening, sealEnvelope } from '../envelope/index.ts'
import { parseEscrowOf } from '../escrow/bound-escrow.ts'
import { combineShares, type PresentedShare } from '../escrow/combine-shares.ts'
import { ESCROW_SLOT } from '../escrow/escrow-set.ts'
import { otherKey, SERVICE_SLOT } from '../keystore-files.ts'
import { checkVacant, createDirectoryOfFiles, type NewFile } from '../new-directory.ts'
import { keyFrom, openIssuer } from '../open-ca-keystore.ts'
import { bytesOf, type SecretText } from '../passphrase.ts'
import { checkNewPassphrase } from '../passphrase-strength.ts'
import { createKeySigner } from '../signer.ts'
import { type Backup, readBackup, readPlainFile } from './read-backup.ts'

/** Opens a backup. */
export type BackupOpening =
  | { readonly passphrase: SecretText }
  | {
      readonly shares: readonly PresentedShare[]
      /** The text of a newer `escrow.json`, if the shares were made anew after the backup. */
      readonly escrow?: string
    }

/** A CA to be restored. */
export interface Restoration {
  /** The directory of the backup. */
  readonly backup: string
  readonly opening: BackupOpening
  /** The keystore to make; nothing may be in it. */
  readonly directory: string
  /** Opens the restored key; new, because that of before may be why the CA is restored. */
  readonly passphrase: SecretText
  /** The directory to make for `crl.pem` and `revocations.json`; needed if the backup has a list. */
  readonly lists?: string
  /**
   * The file of the revocation list or the bundle that verifiers have now. Its revocations and its number are kept if it is newer than that of the
   * backup. `none` if there is none any more: revocations since the backup are lost then.
   */
  readonly published?: string
  readonly clock?: Clock
}

/** A CA that was restored. */
export interface Restored {
  readonly directory: string
  readonly backup: Backup
  /** Number of the newest list that is known; absent for a CA that has issued none. */
  readonly crl?: bigint
  /** Certificates that stay revoked. */
  readonly revoked: number
}

/**
 * Restores a CA from its backup into new directories, by the passphrase of the backup or a quorum of shares. Revocations stay, and the
 * next list has a greater number than the one that was published. The key is encrypted anew, and has signed for its certificate
 * before the keystore gets its name. When it was killed, run it again: lists that it has restored already are kept.
 *
 * @throws {SecretError} what `readBackup` throws; `rejected` for a wrong passphrase; what combining shares throws, with the share that is
 *   wrong; `conflict` if the directory has anything in it; `missing` without a place for the lists, or without the published list
 *
 * @example
 * ```ts
 * await restoreBackup({ backup, opening: { shares }, directory, passphrase, lists, published: '/srv/www/crl.pem' })
 * ```
 */
export async function restoreBackup(options: Restoration): Promise<Restored> {
  const { clock = systemClock, passphrase } = options
  const directory = resolve(options.directory)
  await checkNewPassphrase(passphrase)
  await checkVacant(directory)
  const backup = await readBackup(options.backup)
  const known = await knownList(backup, options)
  const keystore = await keystoreFiles(backup, options, known)
  if (known) await restoreLists(backup, options, known)
  await createDirectoryOfFiles(directory, keystore, async (draft) => {
    const held = { value: passphrase, origin: { kind: 'memory' } } as const
    const opened = await openIssuer({ directory: draft, passphrase: held, clock })
    const { verdict } = await readBiography({
      directory: draft,
      anchor: backup.manifest.biography,
    })
    if (!verdict.ok) throw biographyLost(verdict.reason)
    const by = 'passphrase' in options.opening ? 'passphrase' : 'escrow'
    await recordLife(opened, { action: 'restore', details: { manifest: backup.digest, by } })
  })
  const revoked = known?.list.revoked.length ?? 0
  return { directory, backup, ...(known && { crl: known.number }), revoked }
}

/**
 * Opens a backup and sees that its key is that of its certificate (level L1). Writes nothing.
 *
 * @throws {SecretError} `rejected` for a wrong passphrase, `refused` for another key, and what combining shares throws
 *
 * @example
 * ```ts
 * await checkBackupOpens(await readBackup(path), { passphrase })
 * ```
 */
export async function checkBackupOpens(backup: Backup, opening: BackupOpening): Promise<void> {
  const { publicKey } = createKeySigner(keyFrom(await openBackup(backup, opening)))
  if (!publicKey.equals(backup.ca.publicKey)) throw otherKey()
}

/** The key of a backup. @returns `PrivateKeyInfo` as DER, which the caller wipes */
async function openBackup(backup: Backup, opening: BackupOpening): Promise<Buffer> {
  const slot = await openingOf(backup, opening)
  try {
    const opened = await openEnvelope(backup.files.get('ca.key') ?? '', slot)
    if (opened !== undefined) return opened.pkcs8
  } finally {
    ;('secret' in slot ? slot.secret : slot.passphrase).fill(0)
  }
  const message =
    'the backup does not open: the passphrase is not that of this backup; give the one that was made with it'
  throw new SecretError('rejected', message, { reason: 'unlock' })
}

async function openingOf({ files, identity }: Backup, opening: BackupOpening): Promise<Opening> {
  if ('passphrase' in opening) {
    return { slot: SERVICE_SLOT, passphrase: bytesOf(opening.passphrase).expose() }
  }
  const escrow = opening.escrow ?? files.get('escrow.json')
  if (escrow === undefined) throw noEscrow()
  parseEscrowOf(escrow, identity)
  return { slot: ESCROW_SLOT, secret: (await combineShares(escrow, opening.shares)).secret }
}

interface KnownList {
  /** The newer one of the backup and the published one. */
  readonly list: Crl
  readonly text: string
  /** At least that of the list. */
  readonly number: bigint
}

async function knownList(
  { manifest, files, ca }: Backup,
  { published, lists }: Restoration,
): Promise<KnownList | undefined> {
  if (manifest.crl === undefined) return undefined
  if (lists === undefined) throw lacking('lists', 'a directory for its revocation lists')
  if (published === undefined) {
    throw lacking('published', 'the list that verifiers have now (or "none", if it is lost)')
  }
  const own = files.get('crl.pem') ?? ''
  const found = published === 'none' ? own : await readPlainFile(resolve(published))
  const text = found === own ? own : listOf(ca, found)
  const [list, ownList] = [parseCrl(text, ca.chain), parseCrl(own, ca.chain)]
  const isNewer = list.number > ownList.number
  const counted = BigInt(manifest.crl)
  return {
    ...(isNewer ? { list, text } : { list: ownList, text: own }),
    number: list.number > counted ? list.number : counted,
  }
}

/** The list of a CA in a bundle of lists. @throws {SecretError} `refused` if there is none */
function listOf({ chain }: Backup['ca'], bundle: string): string {
  const blocks = bundle.match(/-----BEGIN X509 CRL-----\n[^-]*-----END X509 CRL-----\n?/g) ?? []
  const own = blocks.find((block) => {
    try {
      return parseCrl(block, chain).number > 0n
    } catch {
      return false
    }
  })
  if (own !== undefined) return own
  const message =
    'the published list is not one of this CA, or is damaged; give the list or the bundle that verifiers have'
  throw new SecretError('refused', message, { reason: 'published' })
}

async function keystoreFiles(
  backup: Backup,
  { opening, passphrase }: Restoration,
  known: KnownList | undefined,
): Promise<NewFile[]> {
  const pkcs8 = await openBackup(backup, opening)
  using bytes = bytesOf(passphrase)
  try {
    const sealing = { slot: SERVICE_SLOT, passphrase: bytes.expose() }
    const key = await sealEnvelope(pkcs8, backup.identity, [sealing])
    const texts = new Map(backup.files).set('ca.key', key)
    for (const name of ['recovery.pem', ...LIST_FILES]) texts.delete(name)
    if (known) texts.set('crl.number', `${known.number}\n`)
    return [...texts].map(([name, text]) => ({ name, text, mode: modeOf(name) }))
  } finally {
    pkcs8.fill(0)
  }
}

const LIST_FILES = ['crl.pem', 'revocations.json']

function modeOf(name: string): number {
  return name.endsWith('.crt') || name === 'crl.pem' ? 0o644 : 0o600
}

/** Makes the directory of the lists; one with the very same lists is from an attempt that was killed. */
async function restoreLists(
  backup: Backup,
  options: Restoration,
  { text }: KnownList,
): Promise<void> {
  const lists = resolve(options.lists ?? '')
  if (relative(resolve(options.directory), lists).split(sep)[0] !== '..') throw inside(lists)
  const texts = new Map(LIST_FILES.map((name) => [name, backup.files.get(name) ?? '']))
  const wanted = texts.set('crl.pem', text)
  if (await isThere(lists, wanted)) return
  await checkVacant(lists)
  const made = [...wanted].map(([name, one]) => ({ name, text: one, mode: modeOf(name) }))
  await createDirectoryOfFiles(lists, made, () => Promise.resolve())
}

async function isThere(directory: string, wanted: ReadonlyMap<string, string>): Promise<boolean> {
  const names = await readdir(directory).catch(() => [])
  if (names.toSorted().join() !== [...wanted.keys()].toSorted().join()) return false
  for (const [name, text] of wanted) {
    if ((await readPlainFile(join(directory, name))) !== text) return false
  }
  return true
}

function lacking(option: 'lists' | 'published', needed: string): SecretError {
  const message = `the CA has issued revocation lists, and restoring it needs ${needed}; name it, so that no revocation is lost unseen`
  return new SecretError('missing', message, { reason: option })
}

function noEscrow(): SecretError {
  const message =
    'the backup was made before the CA had an escrow, so shares do not open it; use its passphrase'
  return new SecretError('refused', message, { reason: 'no-escrow' })
}

function biographyLost(damage: string): SecretError {
  const message = `the biography in the backup is not the one of its manifest (${damage}); take another backup`
  return new SecretError('rejected', message, { reason: 'biography' })
}

function inside(path: string): SecretError {
  const message = `${path} would lie in the keystore; name another directory for the revocation lists`
  return new SecretError('refused', message, { reason: 'beside-key', path })
}
