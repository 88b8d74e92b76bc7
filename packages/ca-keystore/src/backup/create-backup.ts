import { readdir } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import type { AuditHead } from '@rekey/audit-log/internal'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { readBiography, recordLife } from '../biography.ts'
import { readNumber, readRegister } from '../crl/revocation-register.ts'
import { readIfPresent, readProtectedFile } from '../protected-files.ts'
import { parseCrl } from '../crl/parse-crl.ts'
import { listFolderOf } from '../crl/published-lists.ts'
import { type Sealing, sealEnvelope } from '../envelope/index.ts'
import { type BoundEscrow, readBoundEscrow } from '../escrow/bound-escrow.ts'
import { ESCROW_FILE, ESCROW_SLOT } from '../escrow/escrow-set.ts'
import type { Issuer } from '../issuer.ts'
import {
  type KeystoreFiles,
  type PassphraseVersion,
  readKeystore,
  SERVICE_SLOT,
  unlockFailed,
} from '../keystore-files.ts'
import { createDirectoryOfFiles } from '../new-directory.ts'
import { keyFrom } from '../open-ca-keystore.ts'
import { bytesOf, isSamePassphrase, type SecretText } from '../passphrase.ts'
import { checkNewPassphrase } from '../passphrase-strength.ts'
import { encryptKey } from '../recovery.ts'
import { createKeySigner } from '../signer.ts'
import { unlockKey } from '../unlock-key.ts'
import { isKept, MANIFEST_FILE, sha256, signManifest } from './manifest.ts'
import { type Backup, readBackup } from './read-backup.ts'

/** A backup that is wanted. */
export interface NewBackup {
  /** Of the keystore. */
  readonly directory: string
  /** Opens the key. */
  readonly passphrase: PassphraseVersion
  /** The directory to make; outside of the keystore. */
  readonly out: string
  /** Opens the backup; must differ from that of the key. Without, the shares of the escrow alone open it. */
  readonly backupPassphrase?: SecretText
  /**
   * The directory of `crl.pem` and `revocations.json`, or that of all lists of a service. Needed as soon as the CA has issued a list: without
   * it a restored CA would forget whom it revoked.
   */
  readonly lists?: string
  /** Default: the machine's own. */
  readonly clock?: Clock
}

const MAX_FILE_BYTES = 64 * 1024 * 1024

/**
 * Backs up a CA for an offline medium: the key, encrypted anew for a passphrase of the backup and for the escrow; chain, issued CAs,
 * revocations, the number of the last list and the biography; a copy of the key for stock OpenSSL. A manifest that the CA signed lists
 * them. The backup is complete and opens, or it is not there: it is verified before it gets its name.
 *
 * @throws {SecretError} `missing` for lists of a CA that has issued some; `refused` for an unknown file in the keystore, which could be
 *   a passphrase, for the passphrase of the key, with neither passphrase nor escrow, or for an `escrow.json` that is not the one of this CA which
 *   its biography recorded last; `conflict` if `out` has anything in it;
 *   `rejected` for a wrong passphrase; what `openCaKeystore` throws for unsafe or broken files
 *
 * @example
 * ```ts
 * const held = { value: passphrase, origin: { kind: 'memory' } } as const
 * const { digest } = await createBackup({ directory, passphrase: held, out: '/media/backup/2026-11-26' })
 * ```
 */
export async function createBackup(options: NewBackup): Promise<Backup> {
  const { clock = systemClock, backupPassphrase } = options
  const out = resolve(options.out)
  if (backupPassphrase !== undefined) await checkOwnPassphrase(backupPassphrase, options.passphrase)
  const files = await readKeystore(options)
  if (relative(files.directory, out).split(sep)[0] !== '..') throw inside(out)
  const pkcs8 = await unlockKey(files)
  if (pkcs8 === undefined) throw unlockFailed(files.directory)
  const { ca, identity, directory } = files
  try {
    const escrow = await readBoundEscrow(files)
    const encrypted = await encryptFor(files, { pkcs8, passphrase: backupPassphrase, escrow })
    const issuer = { ca, identity, directory, clock, signer: createKeySigner(keyFrom(pkcs8)) }
    await recordLife(issuer, { action: 'unlock' })
    const { verdict } = await readBiography(issuer)
    if (!verdict.ok) throw noBiography(verdict.reason)
    const content = new Map([
      ...(await keptFiles(directory)),
      ...(await listFiles(issuer, options.lists)),
      ...encrypted,
    ])
    checkFree([options.passphrase.value, backupPassphrase], content)
    const manifest = await manifestOf(issuer, content, verdict.head)
    const all = [...content, [MANIFEST_FILE, manifest] as const]
    const made = all.map(([name, text]) => ({ name, text, mode: 0o600 }))
    const backup = await createDirectoryOfFiles(out, made, async (draft) => {
      const proved = await readBackup(draft, ca.chain)
      // Before it gets its name: no backup is there that the biography does not have.
      await recordLife(issuer, { action: 'backup', details: { manifest: proved.digest } })
      return proved
    })
    return { ...backup, path: out }
  } finally {
    pkcs8.fill(0)
  }
}

interface KeyToEncrypt {
  readonly pkcs8: Buffer
  readonly passphrase: SecretText | undefined
  readonly escrow: BoundEscrow | undefined
}

/** The key for each way to open the backup. */
async function encryptFor(
  { identity }: KeystoreFiles,
  { pkcs8, passphrase, escrow }: KeyToEncrypt,
): Promise<Map<string, string>> {
  if (escrow === undefined && passphrase === undefined) throw opensByNothing()
  using bytes = passphrase && bytesOf(passphrase)
  const sealings: Sealing[] = []
  if (bytes) sealings.push({ slot: SERVICE_SLOT, passphrase: bytes.expose() })
  if (escrow !== undefined) {
    const { recipient } = escrow.set.authority
    sealings.push({ slot: ESCROW_SLOT, recipient: Buffer.from(recipient, 'base64') })
  }
  const made = new Map([['ca.key', await sealEnvelope(pkcs8, identity, sealings)]])
  // The very text that was checked.
  if (escrow) made.set(ESCROW_FILE, escrow.text)
  if (passphrase) made.set('recovery.pem', await encryptKey(Buffer.from(pkcs8), passphrase))
  return made
}

async function keptFiles(directory: string): Promise<[string, string][]> {
  const kept: [string, string][] = []
  for (const name of (await readdir(directory)).toSorted()) {
    if (!isKept(directory, name)) continue
    const rule = name.endsWith('.crt') ? 'certificate' : 'key'
    kept.push([name, await readProtectedFile(join(directory, name), rule, MAX_FILE_BYTES)])
  }
  return kept
}

/** Reads the list, then the number, then the register: a publisher writes them the other way round, so the register is the newest. */
async function listFiles(issuer: Issuer, place: string | undefined): Promise<[string, string][]> {
  const lists = place === undefined ? undefined : await folderOf(resolve(place), issuer)
  const read = async (name: string, rule: 'key' | 'certificate') =>
    lists === undefined ? undefined : readIfPresent(join(lists, name), rule, MAX_FILE_BYTES)
  const list = await read('crl.pem', 'certificate')
  const number = await readNumber(issuer)
  if (number === 0n && list === undefined) return []
  const register = await read('revocations.json', 'key')
  if (lists === undefined || list === undefined || register === undefined) throw noLists()
  const { number: registered = 0n } = (await readRegister(lists, issuer)) ?? {}
  const published = parseCrl(list, issuer.ca.chain)
  if (registered < number || registered < published.number) throw noLists()
  return [
    ['crl.pem', list],
    ['revocations.json', register],
    // A publisher may have registered one more since.
    ['crl.number', `${registered}\n`],
  ]
}

async function folderOf(place: string, { ca }: Issuer): Promise<string> {
  const folder = listFolderOf(place, ca)
  return (await readIfPresent(join(folder, 'crl.pem'), 'certificate', MAX_FILE_BYTES)) === undefined
    ? place
    : folder
}

function manifestOf(
  issuer: Issuer,
  content: ReadonlyMap<string, string>,
  biography: AuditHead,
): Promise<string> {
  const { id, generation, purpose, spki } = issuer.identity
  const crl = content.get('crl.number')?.trim()
  const manifest = {
    format: 1,
    created: new Date(issuer.clock.now()).toISOString(),
    key: { id, generation, purpose, spki },
    opens: [
      ...(content.has('recovery.pem') ? (['passphrase'] as const) : []),
      ...(content.has('escrow.json') ? (['escrow'] as const) : []),
    ],
    ...(crl !== undefined && { crl }),
    biography,
    files: Object.fromEntries([...content].map(([name, text]) => [name, sha256(text)])),
  } as const
  return signManifest(manifest, issuer.signer)
}

async function checkOwnPassphrase(own: SecretText, ofKey: PassphraseVersion): Promise<void> {
  await checkNewPassphrase(own)
  if (!isSamePassphrase(own, ofKey.value)) return
  const message =
    'the passphrase of the backup is that of the key, so one leak would open both; give it one of its own'
  throw new SecretError('refused', message, { reason: 'same-passphrase' })
}

function checkFree(
  passphrases: readonly (SecretText | undefined)[],
  content: ReadonlyMap<string, string>,
): void {
  for (const [file, text] of content) {
    // eslint-disable-next-line @rekey/no-timing-unsafe-compare -- the operator compares own files with own passphrases
    if (passphrases.some((one) => one && Buffer.from(text).indexOf(one.expose()) !== -1)) {
      const message = `${file} in the keystore contains a passphrase; remove it there, and change the passphrase`
      throw new SecretError('refused', message, { reason: 'passphrase-in-file', file })
    }
  }
}

function inside(out: string): SecretError {
  const message = `${out} would lie in the keystore; name a directory on another medium`
  return new SecretError('refused', message, { reason: 'beside-key', path: out })
}

function opensByNothing(): SecretError {
  const message =
    'nothing would open the backup: the CA has no escrow; give a passphrase for the backup, or create an escrow'
  return new SecretError('refused', message, { reason: 'no-opening' })
}

function noLists(): SecretError {
  const message =
    'the CA has issued revocation lists, and crl.pem and revocations.json of the last of them are not there; name their directory, ' +
    'or a CA restored from the backup would forget its revocations'
  return new SecretError('missing', message, { reason: 'lists' })
}

function noBiography(damage: string): SecretError {
  const message = `the biography of the key is not sound (${damage}); keep biography.log as evidence, restore it from the newest backup, then make this one`
  return new SecretError('refused', message, { reason: 'biography' })
}
