import type { FleetLook, Patience } from '@rekey/secret/kind'

/** The key between two services, and how its two ends are asked. */
export interface ApiKeyLink extends Patience {
  readonly sender: string
  readonly receiver: string
  /** How receivers are called; of the shape of the global one. */
  readonly fetch: typeof fetch
}

/** Asks every replica at both ends. */
export async function askBothEnds(
  { sender, receiver, fleet, secret }: ApiKeyLink,
  signal: AbortSignal,
): Promise<Pick<FleetLook, 'senders' | 'receivers'>> {
  const [senders, receivers] = await Promise.all([
    fleet.acknowledgements({ service: sender, secret }, signal),
    fleet.acknowledgements({ service: receiver, secret }, signal),
  ])
  return { senders, receivers }
}
