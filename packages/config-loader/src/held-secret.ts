import {
  type Clock,
  type LiveSecret,
  SecretError,
  type SecretSpec,
  type SecretVersion,
} from '@rekey/secret'
import { createLiveSecret, type SecretHealth } from '@rekey/secret/internal'

/** A process that has read, proven and holds a secret, seen from the one that started it. Disposing it ends that process. */
export interface SecretHolder extends AsyncDisposable {
  /** All versions that it received, without their values. */
  readonly versions: readonly Pick<SecretVersion, 'stage' | 'version' | 'createdAt'>[]
  /** The version that it uses. */
  readonly used: string
}

/**
 * Starts the process that is to hold a secret, and waits until it has proven it.
 *
 * @throws {SecretError} as a read or a proof of the secret would; it becomes the problem of this secret in the report of the start
 */
export type HoldSecret<Settings> = (context: {
  readonly settings: Settings
}) => Promise<SecretHolder>

/** A secret of a service that another process holds. */
export interface HeldSecret {
  readonly key: string
  readonly name: string
  readonly spec: SecretSpec
  readonly live: LiveSecret<unknown>
  readonly holder: SecretHolder
  /** On `Clock.elapsed`. */
  readonly heldAt: number
}

/** Makes a secret without a value here, whose use is that of its holder. */
export function heldSecret(
  secret: Pick<HeldSecret, 'key' | 'name' | 'spec'>,
  holder: SecretHolder,
  clock: Clock,
): HeldSecret {
  const { name } = secret
  const message = `${name} is held by another process of the service, and has no value in this one`
  const absent = new SecretError('refused', message, { reason: 'absent' })
  const live = createLiveSecret<unknown>({ name, absent }, { clock })
  live.usage.record(holder.used)
  return { ...secret, live, holder, heldAt: clock.elapsed() }
}

/** Describes one such secret for a health report. It was read once: whether its holder lives is a check of the service. */
export function describeHeld(held: HeldSecret, source: string, clock: Clock): SecretHealth {
  const { name, spec, live, holder, heldAt } = held
  return {
    name,
    kind: spec.kind,
    end: spec.access.end,
    source,
    state: 'fresh',
    sinceGoodReadMs: Math.round(clock.elapsed() - heldAt),
    failuresInARow: 0,
    counts: { reads: 1, failures: 0, changes: 0, vetoes: 0, rejections: 0 },
    versions: holder.versions.map(({ stage, version, createdAt }) => ({
      stage,
      version,
      ...(createdAt !== undefined && { ageMs: clock.now() - createdAt.getTime() }),
    })),
    usage: live.usage.report(),
  }
}
