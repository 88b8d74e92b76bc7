import { resolve } from 'node:path'
import { sign } from 'node:crypto'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import type { SecretErrorCode } from '@rekey/secret/internal'
import { z } from 'zod'
import { biographyNotSound, readBiography, recordLife } from '../biography.ts'
import { readStatement, requireStatedFormat, signStatement } from '../signed-statement.ts'
import { committed, type PresentedShare, type ShareCheck, shareCheckOf } from './combine-shares.ts'
import { noEscrow, readBoundEscrow, readEscrowedKey } from './bound-escrow.ts'
import { publicKeyFrom } from './derived-key.ts'
import { type EscrowSet, parseEscrowSet } from './escrow-set.ts'

const content = z.strictObject({
  format: z.literal(1),
  set: z.string(),
  /** The index of the share. */
  share: z.number().int(),
  checked: z.iso.datetime(),
})

const KIND = 'share check'
const CLOCK_SKEW_MS = 5 * 60 * 1000

/**
 * Checks one share alone, as `checkShare` does, and states that in a text for the biography of the CA key. The text is signed by a key
 * that is derived from the share, so that only a holder of the share can make it; it shows nothing of the share, and may be mailed.
 *
 * @throws {SecretError} what `checkShare` throws
 *
 * @example
 * ```ts
 * const { statement } = await stateShareCheck({ escrow: escrowJson, share: { name: 'alice', text } })
 * ```
 */
export async function stateShareCheck(options: {
  /** The text of `escrow.json`. */
  readonly escrow: string
  readonly share: PresentedShare
  readonly clock?: Clock
}): Promise<{ readonly check: ShareCheck; readonly statement: string }> {
  const { share, clock = systemClock } = options
  const set = parseEscrowSet(options.escrow)
  const { key, bytes, ...read } = committed(share, set)
  bytes.fill(0)
  const checked = new Date(clock.now()).toISOString()
  const text = JSON.stringify({ format: 1, set: set.set, share: read.index, checked })
  const signer = { sign: (data: Buffer) => Promise.resolve(sign(null, data, key)) }
  return { check: shareCheckOf(read, set), statement: await signStatement(KIND, text, signer) }
}

/** A check that a custodian made. */
export interface RecordedShareCheck {
  readonly set: string
  readonly index: number
  readonly holder: string
  readonly checked: Date
}

/**
 * Records the statement of a custodian in the biography of the CA key: that the share was there and good at that time.
 *
 * @throws {SecretError} `rejected` for a statement that the share did not sign; `refused` for one of another set, of the future, or with a
 *   biography that is not sound, or an `escrow.json` that is not the one of this CA which its biography recorded last; `conflict` for one that is
 *   recorded, or older than one that is; `missing` without an escrow; what `openCaKeystore` throws for unsafe or broken files
 *
 * @example
 * ```ts
 * const { holder, checked } = await recordShareCheck({ directory, statement })
 * ```
 */
export async function recordShareCheck(options: {
  /** Of the keystore. */
  readonly directory: string
  readonly statement: string
  readonly clock?: Clock
}): Promise<RecordedShareCheck> {
  const { statement, clock = systemClock } = options
  const directory = resolve(options.directory)
  const identity = await readEscrowedKey(directory)
  const escrow = await readBoundEscrow({ directory, identity })
  if (escrow === undefined) throw noEscrow(directory)
  const check = readCheck(statement, escrow.set)
  const { set, index: share, holder, checked } = check
  if (checked.getTime() > clock.now() + CLOCK_SKEW_MS) throw ofTheFuture(check)
  const { verdict, entries } = await readBiography({ directory })
  if (!verdict.ok) throw biographyNotSound(verdict.reason)
  const isRecorded = entries.some(({ action, details = {} }) => {
    const isOfShare = details['set'] === set && details['share'] === share
    return action === 'share-check' && isOfShare && checked <= new Date(String(details['checked']))
  })
  if (isRecorded) throw recorded(check)
  const details = { set, share, holder, checked: checked.toISOString() }
  await recordLife({ directory, identity, clock }, { action: 'share-check', details })
  return check
}

function readCheck(statement: string, set: EscrowSet): RecordedShareCheck {
  requireStatedFormat(KIND, statement)
  const stated = contentOf(statement)
  if (stated === undefined) throw notSigned()
  if (stated.set !== set.set) throw ofOtherSet(stated.set, set.set)
  const custodian = set.custodians.find(({ index }) => index === stated.share)
  if (custodian === undefined) throw notSigned()
  const { index, holder, verifier } = custodian
  const isSigned = readStatement(KIND, statement, publicKeyFrom(verifier)) !== undefined
  if (!isSigned) throw notSigned()
  return { set: set.set, index, holder, checked: new Date(stated.checked) }
}

function contentOf(statement: string) {
  try {
    return content.parse(JSON.parse(statement.split('\n')[0] ?? ''))
  } catch {
    // The error of a parser may show what it read.
    return undefined
  }
}

function notSigned(): SecretError {
  return problem('rejected', 'share-check', 'is not signed by a share of the set, or is damaged')
}

function ofOtherSet(found: string, wanted: string): SecretError {
  return problem('refused', 'other-set', `is of the set ${found}, not of ${wanted}`)
}

function ofTheFuture({ holder, checked }: RecordedShareCheck): SecretError {
  const when = `of ${holder} is of the future (${checked.toISOString()}): a clock is wrong`
  return problem('refused', 'clock', when)
}

function recorded({ holder, checked }: RecordedShareCheck): SecretError {
  const when = `of ${holder} (${checked.toISOString()}) is recorded, or older than one that is`
  return problem('conflict', 'recorded', when)
}

function problem(code: SecretErrorCode, reason: string, what: string): SecretError {
  const message = `the statement of a share check ${what}; have the custodian check the share again`
  return new SecretError(code, message, { reason })
}
