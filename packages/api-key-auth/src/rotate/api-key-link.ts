import { type FleetLook, lookUntil, type Patience } from '@rekey/secret/internal/kind'
import type { StepContext } from '@rekey/secret/kind'

/** The key between two services, and how its two ends are asked. */
export interface ApiKeyLink extends Patience {
  readonly sender: string
  readonly receiver: string
  /** How receivers are called; of the shape of the global one. */
  readonly fetch: typeof fetch
}

/** The parts of a step that a look at the fleet needs. */
export type Look = Pick<StepContext, 'signal' | 'leftBehind'>

/** Asks both ends, again while a source of replicas does not answer, until the deadline. */
export function askUntil(link: ApiKeyLink, deadline: number, context: StepContext) {
  const { pollMs } = link
  return lookUntil(() => askBothEnds(link, context), { deadline, pollMs }, context)
}

/** Asks every replica at both ends, but for those that the emergency has left behind. */
export async function askBothEnds(
  { sender, receiver, fleet, secret }: ApiKeyLink,
  { signal, leftBehind: known = new Map() }: Look,
): Promise<Pick<FleetLook, 'senders' | 'receivers'>> {
  const [senders, receivers] = await Promise.all([
    fleet.acknowledgements({ service: sender, secret, known }, signal),
    fleet.acknowledgements({ service: receiver, secret, known }, signal),
  ])
  return { senders, receivers }
}
