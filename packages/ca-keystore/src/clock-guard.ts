import { join } from 'node:path'
import { type Clock, SecretError } from '@rekey/secret'
import { replaceFile } from '@rekey/secret/files'
import { readIfPresent } from './protected-files.ts'

/** Beside the key: the time of a certificate issued of late. */
const FILE = 'ca.clock'
const MAX_BYTES = 64
/** Clocks are corrected by seconds; certificates begin this long before now. */
const TOLERANCE_MS = 5 * 60_000
/** The file is this far behind the last certificate at most, so that it is not written for each. */
const STEP_MS = 60_000

interface Known {
  readonly writtenMs: number
  readonly latestMs: number
}

/** The part of an issuer that has times: its clock, and where it keeps the last one. */
interface Timed {
  readonly clock: Clock
  readonly directory: string
}

const known = new WeakMap<Timed, Known>()

/**
 * Checks that the clock is not behind the last certificate, also that of an earlier process: certificates and lists would begin
 * before those they follow, and a revoked certificate could be issued anew for a time before its revocation.
 *
 * @throws {SecretError} `refused` with the reason `clock`; `malformed` for the file of the last time; `forbidden`, `unreachable`
 */
export async function checkClock(issuer: Timed): Promise<void> {
  const nowMs = issuer.clock.now()
  const { writtenMs, latestMs } = known.get(issuer) ?? (await readKnown(issuer))
  if (nowMs < latestMs - TOLERANCE_MS) throw clockBehind(issuer, latestMs)
  const isDue = nowMs >= writtenMs + STEP_MS
  known.set(issuer, {
    writtenMs: isDue ? nowMs : writtenMs,
    latestMs: Math.max(nowMs, latestMs),
  })
  if (!isDue) return
  await replaceFile(join(issuer.directory, FILE), `${new Date(nowMs).toISOString()}\n`)
}

async function readKnown({ directory }: Timed): Promise<Known> {
  const path = join(directory, FILE)
  const text = await readIfPresent(path, 'key', MAX_BYTES)
  if (text === undefined) return { writtenMs: -Infinity, latestMs: -Infinity }
  const writtenMs = Date.parse(text.trimEnd())
  if (!Number.isNaN(writtenMs)) return { writtenMs, latestMs: writtenMs }
  throw new SecretError('malformed', `${path} has no time; check the clock, then remove the file`, {
    path,
    reason: 'clock',
  })
}

function clockBehind({ directory }: Timed, latestMs: number): SecretError {
  const path = join(directory, FILE)
  return new SecretError(
    'refused',
    `the clock of this machine is behind ${new Date(latestMs).toISOString()}, when this CA issued a certificate; correct the clock. If it was ` +
      `wrong then, remove ${path} and restart`,
    { path, reason: 'clock' },
  )
}
