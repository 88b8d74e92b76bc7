import type { ReplicaModel } from './replica.ts'
import type { World } from './world.ts'

/** A violated invariant, and how the run came to it. */
export interface Violation {
  readonly what: string
  readonly trace: readonly string[]
}

/** Ends a run that violates an invariant. */
export class InvariantError extends Error {}

/** The most looks at the fleet that the last rotation takes. */
const MOST_LOOKS = 40

/**
 * The invariants of every run, by their text: each function returns the violation that it finds in a world. Replicas that lie about
 * themselves, and replicas that are not listed, are left out of them.
 */
export const INVARIANTS = new Map<string, (world: World) => string | undefined>([
  ['At no instant is a listed caller without an accepted credential.', findRefused],
  ['After a receipt nothing old is accepted anywhere.', findAccepted],
  [
    `Every run converges: whatever happened, a last rotator without faults finishes within ${MOST_LOOKS} looks at the fleet.`,
    ({ looks }) => (looks > MOST_LOOKS ? 'a rotation does not end' : undefined),
  ],
])

/** @throws {InvariantError} */
export function checkInvariants(world: World): void {
  for (const violated of INVARIANTS.values()) {
    const what = violated(world)
    if (what !== undefined) throw new InvariantError(what)
  }
}

/** A caller is refused if one receiver does not accept the key that it sends first. */
function findRefused(world: World): string | undefined {
  const pairs = honest(world, 'alpha').flatMap((sender) =>
    honest(world, 'beta').map((receiver) => ({ sender, receiver })),
  )
  const refused = pairs.find(
    ({ sender, receiver }) => !receiver.accepts(sender.held.current.version),
  )
  if (refused === undefined) return undefined
  const { sender, receiver } = refused
  const sent = world.nameOf(sender.held.current.version)
  return `${sender.name} sends ${sent}, which ${receiver.name} does not accept`
}

function findAccepted(world: World): string | undefined {
  const found = honest(world, 'beta').flatMap((receiver) =>
    [...world.receipts]
      .filter((version) => receiver.accepts(version))
      .map((version) => {
        return `${receiver.name} accepts ${world.nameOf(version)}, of which there is a receipt`
      }),
  )
  return found[0]
}

function honest(world: World, service: ReplicaModel['service']): ReplicaModel[] {
  return world.of(service).filter(({ lie }) => lie === undefined)
}
