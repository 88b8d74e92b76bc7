import { SecretError } from './errors.ts'
import type { LiveSecret, RejectionCause } from './live-secret.ts'
import { liveVersions, type SecretVersion, type StagedSecret } from './secret-version.ts'
import { within } from './time/deadline.ts'

/** How long a refused login waits for the newest value of the store. */
const ASK_LIMIT_MS = 2_000

/** Has the store asked for a newer value, for two seconds at most. Whether it can be read is for its owner to report. */
export async function askForNewest(
  secret: LiveSecret,
  cause: RejectionCause = 'unauthorized',
): Promise<void> {
  const limit = { what: `the store's answer for ${secret.name}`, limitMs: ASK_LIMIT_MS }
  await within(limit, () => secret.rejected(cause)).catch(() => undefined)
}

/** Calls `listener` after each change, until the signal. */
export async function onChange<T>(
  secret: LiveSecret<T>,
  listener: (staged: StagedSecret<T>) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  for await (const staged of secret.changes(signal)) listener(staged)
}

/** Whether a far side refused a value for certain. */
export function isRejection(error: unknown): boolean {
  return error instanceof SecretError && error.code === 'rejected'
}

/** How live versions are tried. */
interface Trial<R> {
  /** Counted as a use, and as a failure where it is refused. */
  readonly attempt: (version: SecretVersion) => Promise<R>
  /** Default: whether it is a `SecretError` `rejected`. */
  readonly isRefusal?: (error: unknown) => boolean
  /** Tried before the others. Default: the current one. */
  readonly first?: string | undefined
}

/**
 * Tries the live versions until one is not refused.
 *
 * @throws what the last attempt threw
 */
export async function tryVersions<R>(
  secret: LiveSecret,
  { attempt, isRefusal = isRejection, first }: Trial<R>,
): Promise<R> {
  const isFirst = ({ version }: SecretVersion) => Number(version === first)
  const versions = liveVersions(secret.snapshot).sort((a, b) => isFirst(b) - isFirst(a))
  let refusal: unknown
  for (const each of versions) {
    secret.usage.record(each.version)
    try {
      return await attempt(each)
    } catch (error) {
      if (!isRefusal(error)) throw error
      secret.usage.fail(each.version)
      refusal = error
    }
  }
  throw refusal
}
