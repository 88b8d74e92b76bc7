import {
  type Acknowledgement,
  acknowledgements,
  type Answer,
  type FleetCondition,
} from '../fleet.ts'
import type { RevokedVersion } from '../rotation-kind.ts'

/** The key between two services, and how its two ends are asked. */
export interface ApiKeyLink extends Omit<FleetCondition, 'service' | 'what' | 'met'> {
  readonly sender: string
  readonly receiver: string
}

/** What both ends said in one look. */
export interface LinkLook {
  readonly senders: readonly Answer[]
  readonly receivers: readonly Answer[]
  /** By the rotator's monotonic clock, in milliseconds: nothing in it is older than `askedAt`, or newer than `heardAt`. */
  readonly askedAt: number
  readonly heardAt: number
}

/** Asks every replica at both ends. */
export async function askBothEnds(
  { sender, receiver, ...link }: ApiKeyLink,
  signal: AbortSignal,
): Promise<Pick<LinkLook, 'senders' | 'receivers'>> {
  const [senders, receivers] = await Promise.all([
    acknowledgements({ ...link, service: sender }, signal),
    acknowledgements({ ...link, service: receiver }, signal),
  ])
  return { senders, receivers }
}

/** Whether a replica has a version, in whatever stage. */
export function knows(said: Acknowledgement | undefined, { version }: RevokedVersion): boolean {
  return said?.versions.some((known) => known.version === version) ?? false
}

/** A replica as messages name it. */
export function nameOf({ replica: { service, healthUrl } }: Answer): string {
  return `${service} at ${healthUrl}`
}
