import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type AuditEntry, type SignedLogVerdict, verifySignedLog } from '@rekey/audit-log'
import type { AuditReading } from '@rekey/console'
import { type Clock, systemClock } from '@rekey/secret'
import { ifMissing } from '@rekey/secret/files'

/** How many entries are kept, the newest. */
const KEPT = 20

/** A line that is being written looks damaged, so damage is believed once it is found as often as this. */
const LOOKS = 3
const LOOK_AGAIN_MS = 100

/** A long log takes long to verify: this many times as long passes before it is verified again. */
const PAUSE_FACTOR = 10

/**
 * Creates a reader of the newest entries of a signed audit log. It verifies the whole log again once its files have changed; between two
 * verifications it returns the last result, with the time of it.
 */
export function followAudit(
  directory: string,
  clock: Clock = systemClock,
): (signal: AbortSignal) => Promise<AuditReading> {
  let seen = ''
  let restsUntil = -Infinity
  let last: AuditReading | undefined
  return async (signal) => {
    if (last !== undefined && clock.elapsed() < restsUntil) return last
    try {
      const files = await describeFiles(directory)
      if (last !== undefined && files === seen) return last
      const startedAt = clock.elapsed()
      const verifiedAt = new Date(clock.now())
      last = { verifiedAt, ...(await verify(directory, clock, signal)) }
      restsUntil = clock.elapsed() + PAUSE_FACTOR * (clock.elapsed() - startedAt)
      seen = files
      return last
    } catch (error) {
      signal.throwIfAborted()
      return { error }
    }
  }
}

async function verify(directory: string, clock: Clock, signal: AbortSignal) {
  for (let look = 1; ; look += 1) {
    const newest: AuditEntry[] = []
    const onEntry = (entry: AuditEntry) => {
      newest.push(entry)
      if (newest.length > KEPT) newest.shift()
    }
    const verdict = await verifySignedLog({ directory, onEntry })
    if (verdict.ok || look === LOOKS) return { newest: newest.toReversed(), ...resultOf(verdict) }
    await clock.sleep(LOOK_AGAIN_MS, signal)
  }
}

function resultOf(verdict: SignedLogVerdict) {
  const { entries } = verdict
  return verdict.ok
    ? { entries }
    : { entries, damage: { entry: verdict.entry, reason: verdict.reason } }
}

/** The names, sizes and times of the files of a log: another text once it was written to. */
async function describeFiles(directory: string): Promise<string> {
  const names = (await readdir(directory).catch(ifMissing)) ?? []
  const files = names.toSorted().map(async (name) => {
    const { size, mtimeMs } = await stat(join(directory, name))
    return `${name} ${size} ${mtimeMs}`
  })
  return (await Promise.all(files)).join('\n')
}
