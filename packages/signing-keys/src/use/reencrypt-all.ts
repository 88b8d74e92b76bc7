import { type LiveSecret, systemClock } from '@rekey/secret'
import { type DataLeft, liveVersions } from '@rekey/secret/internal'

interface Reencryption<T> {
  /** Works on the data of a key that is not in use, and counts what is left of it. */
  readonly work: (key: T) => Promise<number>
  readonly pauseMs: number
  readonly signal: AbortSignal
}

/** Has the data of all keys that are not in use encrypted anew, and reports how much of it is left, until it is stopped. */
export async function reencryptAll<T>(
  secret: LiveSecret<T>,
  { work, pauseMs, signal }: Reencryption<T>,
): Promise<void> {
  const changes = secret.changes(signal)[Symbol.asyncIterator]()
  let left: Record<string, DataLeft> = {}
  while (!signal.aborted) {
    const isReadable = secret.problem === undefined
    const old = isReadable
      ? liveVersions(secret.snapshot).filter(({ stage }) => stage !== 'current')
      : []
    // A rotation is to know at once that there is a count to come.
    left = Object.fromEntries(old.map(({ version }) => [version, left[version] ?? { counts: 0 }]))
    secret.usage.leave(left)
    for (const { version, value } of old) {
      const rows = await countIn(() => work(value.expose()))
      const counts = (left[version]?.counts ?? 0) + 1
      left = { ...left, [version]: rows === undefined ? { counts } : { rows, counts } }
      secret.usage.leave(left)
    }
    if (isReadable && old.length === 0) await changes.next()
    else await systemClock.sleep(pauseMs, signal).catch(() => undefined)
  }
}

/** The count; undefined where there is none. Text is no number: `null` and an empty one would be read as 0. */
async function countIn(work: () => Promise<unknown>): Promise<number | undefined> {
  try {
    const rows = await work()
    return Number.isSafeInteger(rows) && Number(rows) >= 0 ? Number(rows) : undefined
  } catch {
    return undefined
  }
}
