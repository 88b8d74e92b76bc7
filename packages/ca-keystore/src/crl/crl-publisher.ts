import { readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Clock, SecretError } from '@rekey/secret'
import { checkUnchangeable, replaceFile, takeProcessLock } from '@rekey/secret/internal/files'
import { type CaKeystore, issuerOf, listsOf } from '../ca-keystore.ts'
import { confirmTime, recordTime, type Timed } from '../clock-guard.ts'
import { explained } from '../file-errors.ts'
import { readIfPresent, readProtectedFile } from '../protected-files.ts'
import { validityFrom } from '../validity.ts'
import { publishCrlBundle } from './crl-bundle.ts'
import { type CrlHealth, stateOf } from './crl-health.ts'
import { CRL_VALIDITY_MS } from './issue-crl.ts'
import type { KnownLists } from './list-state.ts'
import { notAhead } from './not-ahead.ts'
import { type Crl, MAX_CRL_VALIDITY_MS, parseCrl } from './parse-crl.ts'
import {
  parseRegister,
  readNumber,
  readRegisterText,
  recordNumber,
  type RegisteredRevocation,
  writeRegister,
} from './revocation-register.ts'
import type { RevocationReason } from './revoked-certificate.ts'
import { bySerial, withoutExpired } from './without-expired.ts'

/** Where the revocation lists of a CA are published, and how. */
export interface CrlPublisherOptions {
  /** Must stay open for as long as the publisher. */
  readonly keystore: CaKeystore
  /**
   * For `crl.pem` (0644), `revocations.json` (0600) and `crl-bundle.pem`; must exist, and no other user may write to it. Keep it and
   * the directory of the keystore in one backup.
   */
  readonly directory: string
  /** Validity of each list in milliseconds; default 7 days, at most 366. It is renewed after a third of that. */
  readonly validityMs?: number
  /**
   * Believes the clock of this machine, as an operator who runs a command does. Default false: lists of a CA that was in use begin when their
   * beginning has passed for certain, though the clock was ahead when the process started.
   */
  readonly confirmsClock?: boolean
  /** Publishes `crl-bundle.pem` too, of this CA, those above it and others, as `publishCrlBundle` does. */
  readonly bundle?: {
    /** Chains of the other CAs that the server trusts: other generations. */
    readonly chains?: readonly string[]
    /** Paths of the lists of all other CAs in the chains, the root included. */
    readonly crls: readonly string[]
  }
}

/** A certificate to be revoked. */
export interface Revocation {
  /** As `issueCertificate` gave it. */
  readonly serial: string
  /** End of the certificate: from then on, it stays for one more list and is left out. */
  readonly notAfter: Date
  /** Absent: unspecified. */
  readonly reason?: RevocationReason
  /** Default now; not in the future. */
  readonly at?: Date
}

/** Publishes the revocation lists of one CA. */
export interface CrlPublisher extends AsyncDisposable {
  /**
   * Revokes certificates and publishes a list that has them. A serial that is revoked already stays as it is; calling it again is safe.
   *
   * @throws {SecretError} `refused` for a serial, date or reason, or more than 100,000 certificates, and nothing has changed; `conflict` for
   *   a clock behind the published list; `unreachable` and others for I/O: if `health().isBehind`, the revocation is recorded and
   *   published by the next attempt
   */
  revoke(revocations: Revocation | readonly Revocation[]): Promise<void>
  /** Publishes a new list now. @throws {SecretError} as {@link CrlPublisher.revoke} */
  renew(): Promise<void>
  health(): CrlHealth
  /** Stops renewing; waits for what is in progress. The list stays. */
  close(): Promise<void>
}

const CRL_FILE = 'crl.pem'
const BUNDLE_FILE = 'crl-bundle.pem'
const MAX_CRL_BYTES = 8 * 1024 * 1024
const DRAFT =
  /^(?:crl\.pem|crl\.number|crl\.state|crl-bundle\.pem|ca\.clock|revocations\.json)\.[0-9a-f]+\.tmp$/
/** Short enough for a machine that was suspended, and to try again after a failure. */
const LOOK_EVERY_MS = 60_000
/** Clocks are corrected by less. */
const CORRECTION_MS = 5 * 60_000

/**
 * Opens the publisher of a CA's revocation lists: one at a time for a keystore. The first time, it publishes an empty list; then it continues
 * from `revocations.json`, which the CA signed, and from the list published last, and renews the list after a third of its validity.
 * Each list has a greater number than all before, of which the last is kept beside the key too. If both files are lost or older, it
 * refuses: the revocations since would be lost. If the number beside the key is older, it refuses too: the whole keystore was put back. A failure
 * leaves the old list in place.
 *
 * @throws {SecretError} `missing` if both files are lost or older, or a list of the bundle is; `conflict` if the CA has another publisher, or the clock is behind the list;
 *   `rejected` or `malformed` for a damaged file; `refused` for an unsafe one, or with the reason `generation` for a keystore that is older than
 *   its lists; `forbidden`; `unreachable` for I/O
 *
 * @example
 * ```ts
 * const publisher = await openCrlPublisher({ keystore, directory: '/var/lib/vpn-crl' })
 * await publisher.revoke({ ...certificate, reason: 'keyCompromise' })
 * ```
 */
export async function openCrlPublisher(options: CrlPublisherOptions): Promise<CrlPublisher> {
  const directory = resolve(options.directory)
  const issuer = issuerOf(options.keystore)
  const { clock } = issuer
  validityFrom(clock.now(), options.validityMs ?? CRL_VALIDITY_MS, MAX_CRL_VALIDITY_MS)
  await checkUnchangeable(directory)
  // Beside the key: two publishers of one CA would give one number twice, in two directories too.
  const lock = join(issuer.directory, 'crl.lock')
  const release = await takeProcessLock(lock).catch((error: unknown) => {
    throw explained(lock, error)
  })
  const publisher = new OpenedPublisher({ ...options, directory }, clock, release)
  try {
    await publisher.start()
    return publisher
  } catch (error) {
    await publisher.close()
    throw error
  }
}

class OpenedPublisher implements CrlPublisher {
  readonly #options: CrlPublisherOptions
  readonly #clock: Clock
  readonly #release: () => Promise<void>
  readonly #closed = new AbortController()
  readonly #time: Timed
  #revoked: ReadonlyMap<string, RegisteredRevocation> = new Map()
  /** Of the last list, published or not. */
  #number = 0n
  #published: Crl | undefined
  #isBehind = true
  /** Whether a list may have been signed that is not known here. */
  #isUnsure = false
  #problem: string | undefined
  /** Each change waits for the one before. */
  #turn: Promise<unknown> = Promise.resolve()
  #recording: Promise<void> = Promise.resolve()

  constructor(options: CrlPublisherOptions, clock: Clock, release: () => Promise<void>) {
    this.#options = options
    this.#clock = clock
    this.#release = release
    this.#time = { clock, directory: issuerOf(options.keystore).directory }
  }

  async start(): Promise<void> {
    for (const directory of [this.#options.directory, this.#issuer.directory]) {
      await removeDrafts(directory)
    }
    await this.#load()
    if (this.#options.confirmsClock === true) await confirmTime(this.#time)
    if (this.#isDue()) await this.renew()
    await recordTime(this.#time)
    void this.#keepRenewed()
  }

  async revoke(revocations: Revocation | readonly Revocation[]): Promise<void> {
    await this.#inTurn(async () => {
      await this.#resume()
      const wanted = new Map(this.#revoked)
      for (const revocation of [revocations].flat()) {
        if (!wanted.has(revocation.serial)) {
          wanted.set(revocation.serial, registered(revocation, this.#clock.now()))
        }
      }
      if (wanted.size > this.#revoked.size || this.#isBehind) await this.#publish(wanted)
    })
  }

  async renew(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#resume()
      await this.#publish(this.#revoked)
    })
  }

  health(): CrlHealth {
    const published = this.#published
    return {
      state: published === undefined ? 'absent' : stateOf(published, this.#clock.now()),
      ...(published && {
        number: published.number.toString(),
        thisUpdate: published.thisUpdate,
        nextUpdate: published.nextUpdate,
      }),
      revoked: published?.revoked.length ?? 0,
      isBehind: this.#isBehind,
      ...(this.#problem !== undefined && { problem: this.#problem }),
    }
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    await this.#turn
    await this.#recording
    await this.#release()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #issuer() {
    return issuerOf(this.#options.keystore)
  }

  async #load(): Promise<void> {
    const { directory, keystore, bundle } = this.#options
    const { ca } = this.#issuer
    const registered = await readRegisterText(directory)
    const register = registered === undefined ? undefined : parseRegister(registered, ca)
    const text = await readIfPresent(join(directory, CRL_FILE), 'certificate', MAX_CRL_BYTES)
    const published = text === undefined ? undefined : parseCrl(text, keystore.chain)
    const revoked = bySerial(register?.revoked ?? [])
    this.#number = register?.number ?? 0n
    if (published !== undefined && published.number > this.#number) {
      // The register is lost or older. A list does not have the ends of its certificates, of which none is after that of the CA.
      for (const entry of published.revoked) {
        if (!revoked.has(entry.serial)) {
          revoked.set(entry.serial, { ...entry, notAfter: ca.notAfter })
        }
      }
      this.#number = published.number
    }
    const recorded = await readNumber(this.#issuer)
    if (this.#number < recorded) throw listLost(directory)
    // A publisher that was killed is one list ahead of the number beside the key, never two.
    if (this.#number > recorded + 1n) throw keystoreOlder(this.#issuer.directory, this.#number)
    this.#revoked = revoked
    this.#published = published
    await this.#continueFrom({ register: registered, list: text })
    this.#isBehind = published?.number !== this.#number || bundle !== undefined
  }

  /** Takes a list over that was signed, and whose publisher was killed, or got no answer, before it registered it. */
  async #continueFrom(known: KnownLists): Promise<void> {
    const signed = await listsOf(this.#options.keystore).continueFrom(known)
    this.#isUnsure = false
    if (signed === undefined || signed.number <= this.#number) return
    this.#number = signed.number
    this.#revoked = bySerial(signed.revoked)
    this.#isBehind = true
  }

  async #resume(): Promise<void> {
    if (!this.#isUnsure) return
    const { directory } = this.#options
    const register = await readRegisterText(directory)
    const list = await readIfPresent(join(directory, CRL_FILE), 'certificate', MAX_CRL_BYTES)
    await this.#continueFrom({ register, list })
  }

  /** The register is written first: a process that is killed before the list is published is behind, and publishes when it starts. */
  async #publish(wanted: ReadonlyMap<string, RegisteredRevocation>): Promise<void> {
    const { directory, keystore, validityMs = CRL_VALIDITY_MS } = this.#options
    const [issuer, published] = [this.#issuer, this.#published]
    const now = this.#clock.now()
    if (published !== undefined && now < published.thisUpdate.getTime()) {
      throw clockBehind(directory)
    }
    const revoked = withoutExpired(notAhead(wanted, this.#revoked, now), published, now)
    const number = this.#number + 1n
    this.#isUnsure = true
    const { issued, register } = await listsOf(keystore).sign({ number, revoked, validityMs })
    this.#isUnsure = false
    // The next list must continue this one, whether it is published or not.
    this.#isBehind = true
    this.#number = number
    this.#revoked = bySerial(revoked)
    await writeRegister(directory, register)
    await recordNumber(issuer, number)
    await replaceFile(join(directory, CRL_FILE), issued.crl, 0o644)
    this.#published = issued
    await this.#publishBundle(issued.crl)
    this.#isBehind = false
  }

  async #publishBundle(own: string): Promise<void> {
    const { bundle, directory, keystore } = this.#options
    if (bundle === undefined) return
    const crls = [own]
    for (const path of bundle.crls) {
      crls.push(await readProtectedFile(resolve(path), 'certificate', MAX_CRL_BYTES))
    }
    await publishCrlBundle({
      path: join(directory, BUNDLE_FILE),
      chains: [keystore.chain, ...(bundle.chains ?? [])],
      crls,
      clock: this.#clock,
    })
  }

  /** Does one change at a time, and keeps the code of its error for {@link CrlPublisher.health}. */
  async #inTurn(change: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (this.#closed.signal.aborted) throw closed()
      await change()
    })
    this.#turn = turn.then(
      () => (this.#problem = undefined),
      (error: unknown) => (this.#problem = error instanceof SecretError ? error.code : 'failed'),
    )
    await turn
  }

  #isDue(): boolean {
    const published = this.#published
    if (published === undefined || this.#isBehind) return true
    const { validityMs = CRL_VALIDITY_MS } = this.#options
    const { thisUpdate, nextUpdate } = published
    const [nowMs, endMs, beginMs] = [this.#clock.now(), nextUpdate.getTime(), thisUpdate.getTime()]
    // One that a clock made which was ahead, or an order for longer, ends too late.
    if (nowMs < beginMs || endMs - nowMs > validityMs + CORRECTION_MS) return true
    return endMs - nowMs <= (Math.min(endMs - beginMs, validityMs) * 2) / 3
  }

  async #keepRenewed(): Promise<void> {
    const { signal } = this.#closed
    const { validityMs = CRL_VALIDITY_MS } = this.#options
    const everyMs = Math.min(LOOK_EVERY_MS, validityMs / 6)
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(everyMs, signal)
        // The next start knows by it how late it is at least. A failure shows when a list or a certificate is due.
        this.#recording = recordTime(this.#time).catch(() => undefined)
        if (this.#isDue()) await this.renew()
      } catch {
        // Of a closed publisher, or in its health already.
      }
    }
  }
}

function registered(revocation: Revocation, nowMs: number): RegisteredRevocation {
  const { serial, notAfter, reason, at = new Date(nowMs) } = revocation
  if (Number.isNaN(notAfter.getTime())) throw noEnd()
  return { serial, notAfter, revokedAt: at, ...(reason !== undefined && { reason }) }
}

/** Removes what a process that was killed while it replaced a file has left. */
async function removeDrafts(directory: string): Promise<void> {
  const left = (await readdir(directory)).filter((name) => DRAFT.test(name))
  for (const name of left) await rm(join(directory, name), { force: true })
}

function listLost(directory: string): SecretError {
  const message =
    `crl.pem and revocations.json in ${directory} are missing or older than the last revocation list of the CA; restore the newest of ` +
    'them from a backup, or put the list published last there as crl.pem'
  return new SecretError('missing', message, { directory, reason: 'crl-lost' })
}

function keystoreOlder(directory: string, number: bigint): SecretError {
  const message =
    `the keystore ${directory} is older than its published revocation list, which has the number ${number}: a copy was put back, and what it issued since ` +
    'is not in its record. Restore it from the newest backup, with that list: rekey ca restore BACKUP DIRECTORY --published FILE. To accept the loss, write ' +
    `${number} to crl.number in the keystore`
  return new SecretError('refused', message, { directory, reason: 'generation' })
}

function clockBehind(directory: string): SecretError {
  const message =
    `the clock of this machine is behind the revocation list in ${directory}; set the clock, or remove crl.pem if the list was ` +
    'made while the clock was ahead. The old list stays in place'
  return new SecretError('conflict', message, { directory, reason: 'clock' })
}

function noEnd(): SecretError {
  const message = 'the end of a certificate to be revoked is no date; give its notAfter'
  return new SecretError('refused', message, { reason: 'not-after' })
}

function closed(): SecretError {
  return new SecretError('disposed', 'the publisher of revocation lists is closed; open it again')
}
