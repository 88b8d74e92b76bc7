import { join } from 'node:path'
import { type Clock, SecretError } from '@rekey/secret'
import { replaceFile } from '@rekey/secret/internal/files'
import { readIfPresent } from './protected-files.ts'
import { DAY_MS, type Validity } from './validity.ts'

/** Beside the key: a time that had passed when it was written. */
const FILE = 'ca.clock'
const MAX_BYTES = 64
/** Clocks are corrected by seconds; certificates begin this long before now. */
const TOLERANCE_MS = 5 * 60_000
/** The file is this far behind at most, so that it is not written for each certificate. */
const STEP_MS = 60_000
/** A clock that was not corrected for so long in one process is believed. */
const SETTLED_MS = DAY_MS

interface Known {
  readonly writtenMs: number
  readonly latestMs: number
  /** The time of the file, and both clocks when it was read. */
  readonly read: { readonly fileMs: number; readonly wallMs: number; readonly elapsedMs: number }
}

/** The part of an issuer that has times: its clock, and where it keeps the last one. */
export interface Timed {
  readonly clock: Clock
  readonly directory: string
}

const known = new WeakMap<Timed, Known>()

/**
 * The latest time that has passed for certain: that of the file, and what has passed in this process since it was read. A clock that is ahead
 * when a process starts does not move it. It is that of the clock where there is no file yet, or after a day without a correction.
 *
 * @returns milliseconds since the epoch, never after the clock
 * @throws {SecretError} `malformed` for the file of the last time; `forbidden`, `unreachable`
 */
async function provenTime(issuer: Timed): Promise<number> {
  return provenAt(await knownOf(issuer), issuer.clock)
}

function provenAt({ read: { fileMs, wallMs, elapsedMs } }: Known, clock: Clock): number {
  const [nowMs, passedMs] = [clock.now(), clock.elapsed() - elapsedMs]
  const isSteady = Math.abs(nowMs - wallMs - passedMs) <= TOLERANCE_MS
  if (isSteady && passedMs >= SETTLED_MS) return nowMs
  return Math.min(nowMs, fileMs + passedMs)
}

/** Has a validity begin when its beginning has passed for certain, so that no clock that is ahead makes it begin in the future. */
export async function fromProvenTime(issuer: Timed, validity: Validity): Promise<Validity> {
  const aheadMs = issuer.clock.now() - (await provenTime(issuer))
  // It begins that long before now anyway.
  if (aheadMs <= TOLERANCE_MS) return validity
  const notBefore = new Date(validity.notBefore.getTime() - Math.ceil(aheadMs / 1000) * 1000)
  return { ...validity, notBefore }
}

/**
 * Checks that the clock is not behind the last certificate, also that of an earlier process: certificates and lists would begin
 * before those they follow, and a revoked certificate could be issued anew for a time before its revocation.
 *
 * @throws {SecretError} `refused` with the reason `clock`; `malformed` for the file of the last time; `forbidden`, `unreachable`
 */
export async function checkClock(issuer: Timed): Promise<void> {
  const { latestMs } = await knownOf(issuer)
  if (issuer.clock.now() < latestMs - TOLERANCE_MS) throw clockBehind(issuer, latestMs)
  await recordTime(issuer)
}

/** Records the time that has passed, at most once a minute. @throws {SecretError} as {@link provenTime} */
export async function recordTime(issuer: Timed): Promise<void> {
  const before = await knownOf(issuer)
  const provenMs = provenAt(before, issuer.clock)
  const isDue = provenMs >= before.writtenMs + STEP_MS
  const writtenMs = isDue ? provenMs : before.writtenMs
  known.set(issuer, { ...before, writtenMs, latestMs: Math.max(provenMs, before.latestMs) })
  if (isDue) await writeTime(issuer, provenMs)
}

/** Believes the clock, as an operator does who runs a command. @throws {SecretError} `forbidden`, `unreachable` */
export async function confirmTime(issuer: Timed): Promise<void> {
  await writeTime(issuer, issuer.clock.now())
  known.delete(issuer)
}

async function writeTime({ directory }: Timed, ms: number): Promise<void> {
  await replaceFile(join(directory, FILE), `${new Date(ms).toISOString()}\n`)
}

async function knownOf(issuer: Timed): Promise<Known> {
  const found = known.get(issuer) ?? (await readKnown(issuer))
  known.set(issuer, found)
  return found
}

async function readKnown({ directory, clock }: Timed): Promise<Known> {
  const path = join(directory, FILE)
  const text = await readIfPresent(path, 'key', MAX_BYTES)
  const [wallMs, elapsedMs] = [clock.now(), clock.elapsed()]
  if (text === undefined) {
    return {
      writtenMs: -Infinity,
      latestMs: -Infinity,
      read: { fileMs: wallMs, wallMs, elapsedMs },
    }
  }
  const fileMs = Date.parse(text.trimEnd())
  const read = { fileMs, wallMs, elapsedMs }
  if (!Number.isNaN(fileMs)) return { writtenMs: fileMs, latestMs: fileMs, read }
  throw new SecretError('malformed', `${path} has no time; check the clock, then remove the file`, {
    path,
    reason: 'clock',
  })
}

function clockBehind({ directory }: Timed, latestMs: number): SecretError {
  const path = join(directory, FILE)
  return new SecretError(
    'refused',
    `the clock of this machine is behind ${new Date(latestMs).toISOString()}, when this CA was in use; correct the clock. If it was ` +
      `wrong then, remove ${path} and restart`,
    { path, reason: 'clock' },
  )
}
