import {
  type Clock,
  createLiveSecret,
  type LiveSecret,
  SecretError,
  type SecretSource,
  type SecretSpec,
} from '@rekey/secret'
import type { Environment } from './environment.ts'
import { parseStaged, type ParsedStages } from './parse-staged.ts'

/** A live secret together with what health says of it. */
export interface FollowedSecret<T = unknown> {
  readonly live: LiveSecret<T>
  readonly spec: SecretSpec<T>
  /** Why the newest version in the store is not in use, if so. */
  readonly problem: SecretError | undefined
}

/** How {@link followSecret} follows. */
export interface FollowOptions {
  readonly source: SecretSource
  readonly environment: Environment
  readonly clock: Clock
  readonly signal: AbortSignal
  /** How often a source that cannot watch is read. */
  readonly pollMs: number
}

/** At most one read of the source in this time, however many consumers report rejections. */
const REJECTION_COOLDOWN_MS = 1_000

/**
 * Keeps a secret up to date until the signal aborts. A new value that its spec refuses is vetoed: the old one serves on and
 * health says why. A source that cannot be read changes nothing.
 */
export function followSecret<T>(
  spec: SecretSpec<T>,
  initial: ParsedStages<T>,
  options: FollowOptions,
): FollowedSecret<T> {
  const { source, environment, clock, signal } = options
  const name = initial.staged.name
  let problem = initial.problem
  let lastRefreshAt = -Infinity

  const take = (parse: () => ParsedStages<T>) => {
    try {
      const parsed = parse()
      problem = parsed.problem
      live.update(parsed.staged)
    } catch (error) {
      problem = asSecretError(error)
    }
  }
  const refresh = async () => {
    const raw = await source.read(name, signal).catch(asSecretError)
    if (raw instanceof SecretError) problem = raw
    else take(() => parseStaged(spec, raw, environment))
  }
  const live = createLiveSecret(initial.staged, {
    clock,
    refresh: async () => {
      if (clock.now() - lastRefreshAt < REJECTION_COOLDOWN_MS) return
      lastRefreshAt = clock.now()
      await refresh()
    },
  })

  void untilAborted(signal, async () => {
    if (source.watch === undefined) return poll(refresh, options)
    for await (const raw of source.watch(name, signal)) {
      take(() => parseStaged(spec, raw, environment))
    }
  })
  return {
    live,
    spec,
    get problem() {
      return problem
    },
  }
}

async function poll(refresh: () => Promise<void>, { clock, pollMs, signal }: FollowOptions) {
  while (!signal.aborted) {
    await clock.sleep(pollMs, signal)
    await refresh()
  }
}

async function untilAborted(signal: AbortSignal, follow: () => Promise<void>): Promise<void> {
  try {
    await follow()
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function asSecretError(error: unknown): SecretError {
  if (error instanceof SecretError) return error
  return new SecretError('unreachable', 'the source failed in an unknown way; see its own log')
}
