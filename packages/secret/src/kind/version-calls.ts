import type { Acknowledgement } from './fleet.ts'

/** The use of one version by one process since it was started. */
export interface VersionCalls {
  /** Marks a restart, after which everything is counted from zero. */
  readonly since: number
  readonly attempts: number
  /** How many of the attempts were refused although the key was the right one. */
  readonly failures: number
}

/** How many attempts there were of a version, and how many failed. Forged keys are no attempts: any caller can cause them. */
export function callsOf({ usage, end }: Acknowledgement, version: string): VersionCalls {
  const use = usage.versions.find((each) => each.version === version)
  const { uses = 0, failures = 0 } = use ?? {}
  // A sender counts what it sent, a receiver what it accepted.
  return { since: usage.since, attempts: end === 'sender' ? uses : uses + failures, failures }
}

/** The calls added since `before`; of a process that was restarted since, all of them. */
export function callsSince(before: VersionCalls, calls: VersionCalls): VersionCalls {
  if (before.since !== calls.since) return calls
  return {
    since: calls.since,
    attempts: calls.attempts - before.attempts,
    failures: calls.failures - before.failures,
  }
}
