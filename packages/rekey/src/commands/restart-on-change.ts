import { type LiveSecret, type StagedSecret, systemClock } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import { usableSnapshot } from './child-environment.ts'
import type { RunningChild } from './spawn-child.ts'

/** When and how a child is started anew. */
export interface RestartOptions {
  readonly secrets: readonly LiveSecret[]
  /** How long the child may take to end, before it is killed. */
  readonly graceMs: number
  /** Each restart waits for a random part of this, so that replicas do not all restart at once. */
  readonly spreadMs: number
  /** Starts the child with what the secrets are now. */
  readonly start: () => RunningChild
  /** Whether the child has been asked to end, so that it is not started again. */
  readonly isStopping: () => boolean
  /** Called before the child is stopped for a restart. */
  readonly onRestart: () => void
}

/** Runs a child and starts it anew whenever a secret changes, until it ends by itself. Gives its exit code. */
export async function restartOnChange(options: RestartOptions): Promise<number> {
  const { secrets, graceMs, spreadMs, start, isStopping, onRestart } = options
  for (;;) {
    const round = new AbortController()
    const changed = nextChange(secrets, spreadMs, round.signal)
    const child = start()
    const isOver = await Promise.race([child.ended.then(() => true), changed.then(() => false)])
    round.abort()
    if (isOver || isStopping()) return child.ended
    onRestart()
    await child.stop(graceMs)
    if (isStopping()) return child.ended
  }
}

/** Resolves some time after a version of one of the secrets has come or gone, and when the signal aborts. */
async function nextChange(
  secrets: readonly LiveSecret[],
  spreadMs: number,
  signal: AbortSignal,
): Promise<void> {
  await Promise.race(secrets.map((live) => nextVersions(live, signal)))
  if (signal.aborted) return
  await systemClock.sleep(Math.random() * spreadMs, signal).catch(() => undefined)
}

/** A lease that was renewed has changed, and its versions have not. */
async function nextVersions(live: LiveSecret, signal: AbortSignal): Promise<void> {
  const changes = live.changes(signal)
  const before = usableSnapshot(live).map(versionsOf).join()
  for await (const staged of changes) if (versionsOf(staged) !== before) return
}

function versionsOf(staged: StagedSecret): string {
  return liveVersions(staged)
    .map(({ stage, version }) => `${stage} ${version}`)
    .join(', ')
}
