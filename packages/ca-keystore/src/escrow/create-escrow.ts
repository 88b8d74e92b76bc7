import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { replaceFile } from '@rekey/secret/files'
import { recordLife } from '../biography.ts'
import { readIfPresent } from '../protected-files.ts'
import { parseEnvelope } from '../envelope/index.ts'
import { type PassphraseVersion, readKeystoreFile } from '../keystore-files.ts'
import { openIssuer } from '../open-ca-keystore.ts'
import { checkKeystoreDirectory } from '../protected-files.ts'
import { combineShares, type PresentedShare } from './combine-shares.ts'
import {
  authorityText,
  checkCustodians,
  ESCROW_FILE,
  type EscrowSet,
  MAX_ESCROW_CHARS,
  parseAuthority,
  parseEscrowSet,
  signAuthority,
} from './escrow-set.ts'
import { type CustodianShare, splitSecret } from './split-secret.ts'

/** The custodians of an escrow, and how they get their shares. */
export interface EscrowCeremony {
  /** How many shares recover; 2 or more. */
  readonly threshold: number
  /** The name of each custodian; at most 12. */
  readonly holders: readonly string[]
  /** Hands the shares over. Only when it has resolved is the escrow in effect, so that none counts whose shares nowhere are. */
  readonly deliver: (shares: readonly CustodianShare[], escrow: string) => Promise<void>
  readonly clock?: Clock
}

/** A wanted escrow of a CA key. */
export interface NewEscrow extends EscrowCeremony {
  /** Of the keystore. */
  readonly directory: string
  /** Opens the keystore; it is what the custodians share. */
  readonly passphrase: PassphraseVersion
}

/**
 * Creates the escrow of a CA key: a key pair whose secret half exists in shares alone. Each later backup is encrypted to its public half,
 * in `escrow.json` beside the key. Every subset of enough shares is proved before. An escrow from before is replaced; its shares still
 * open the backups made for it.
 *
 * @throws {SecretError} `refused` for custodians or threshold, and what `openCaKeystore` and `deliver` throw
 *
 * @example
 * ```ts
 * const deliver: EscrowCeremony['deliver'] = async (shares) => { await printSheets(shares) }
 * const held = { value: passphrase, origin: { kind: 'memory' } } as const
 * const holders = ['Alice', 'Bob', 'Carol']
 * await createEscrow({ directory, passphrase: held, threshold: 2, holders, deliver })
 * ```
 */
export async function createEscrow(options: NewEscrow): Promise<EscrowSet> {
  const { threshold, holders, deliver, clock = systemClock } = options
  checkCustodians(threshold, holders)
  const issuer = await openIssuer(options)
  const secret = randomBytes(32)
  try {
    const signedAuthority = await signAuthority(issuer, secret)
    const { shares, text } = await newSet(signedAuthority, secret, { ...options, clock })
    await deliver(shares, text)
    return await putInEffect(issuer, text, 'escrow')
  } finally {
    secret.fill(0)
  }
}

/** A new set of shares for an escrow. */
export interface Reshare extends EscrowCeremony {
  /** Of the keystore. */
  readonly directory: string
  /** Enough shares of the set of today. */
  readonly shares: readonly PresentedShare[]
}

/**
 * Splits the secret of an escrow anew, for other custodians or another threshold, from a quorum of its shares and without the CA key. Old
 * shares give the same secret for ever, so collect and destroy them; if that cannot be done, create a new escrow and a new backup.
 *
 * @throws {SecretError} `missing` without an escrow; what `checkShare` throws, with the share that is wrong; `refused` for custodians or
 *   threshold; what `deliver` throws
 *
 * @example
 * ```ts
 * const holders = ['Alice', 'Bob', 'Carol', 'Dave']
 * await reshareEscrow({ directory, shares, threshold: 3, holders, deliver })
 * ```
 */
export async function reshareEscrow(options: Reshare): Promise<EscrowSet> {
  const { threshold, holders, deliver, clock = systemClock } = options
  checkCustodians(threshold, holders)
  const directory = resolve(options.directory)
  await checkKeystoreDirectory(directory)
  const { identity } = parseEnvelope(await readKeystoreFile(directory, 'key'))
  const escrow = await readEscrow(directory)
  if (escrow === undefined) throw noEscrow(directory)
  const { secret } = await combineShares(escrow, options.shares)
  try {
    const { shares, text } = await newSet(authorityText(escrow), secret, { ...options, clock })
    await deliver(shares, text)
    return await putInEffect({ directory, identity, clock }, text, 'reshare')
  } finally {
    secret.fill(0)
  }
}

/** The text of the escrow of a keystore; undefined if there is none. @throws {SecretError} */
export function readEscrow(directory: string): Promise<string | undefined> {
  return readIfPresent(join(directory, ESCROW_FILE), 'key', MAX_ESCROW_CHARS)
}

async function newSet(
  signedAuthority: string,
  secret: Buffer,
  { threshold, holders, clock }: Pick<Reshare, 'threshold' | 'holders'> & { clock: Clock },
) {
  const stated = parseAuthority(signedAuthority)
  const created = new Date(clock.now())
  const { shares, signed } = await splitSecret(secret, { threshold, holders, created }, stated)
  return { shares, text: signedAuthority + signed }
}

async function putInEffect(
  key: Parameters<typeof recordLife>[0],
  text: string,
  action: 'escrow' | 'reshare',
): Promise<EscrowSet> {
  const set = parseEscrowSet(text)
  const { set: id, threshold, custodians } = set
  await recordLife(key, { action, details: { set: id, threshold, shares: custodians.length } })
  await replaceFile(join(key.directory, ESCROW_FILE), text)
  return set
}

/** The error of a keystore without an escrow. */
export function noEscrow(directory: string): SecretError {
  const message = `${directory} has no escrow; create one with rekey ca escrow create`
  return new SecretError('missing', message, { reason: 'no-escrow', directory })
}
