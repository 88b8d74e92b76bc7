import { SecretError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { FarSide } from './far-side-calls.ts'
import { lookUntil, type Patience } from './fleet.ts'
import type { RotationKind, StepContext } from './rotation-kind.ts'

/** The parts of a rotation of logins with names of their own. */
export function ofLogins(
  farSide: FarSide,
): Pick<RotationKind, 'accountOf' | 'countSessions' | 'closeLost'> {
  return {
    ...(farSide.close && {
      async closeLost(lost, _staged, context) {
        for (const { account, ...version } of lost) {
          if (account === undefined) continue
          await farSide.close?.(account, context)
          await context.attest({ ...version, evidence: `${account} is gone at ${farSide.name}` })
        }
        return []
      },
    }),
    ...(farSide.accountOf && { accountOf: ({ value }) => farSide.accountOf?.(value) ?? '' }),
    ...(farSide.sessions && {
      async countSessions({ value }, signal) {
        const counts = new Map<string, number>()
        for (const client of (await farSide.sessions?.(value, signal)) ?? []) {
          counts.set(client, (counts.get(client) ?? 0) + 1)
        }
        return Array.from(counts, ([client, sessions]) => ({ client, sessions }))
      },
    }),
  }
}

/** @throws {SecretError} `rejected` naming what one of two logins may and the other may not */
export async function requireSameRights(
  farSide: FarSide,
  [candidate, reference]: readonly [Secret, Secret],
  signal: AbortSignal,
): Promise<void> {
  const differences = (await farSide.differences?.(candidate, reference, signal)) ?? []
  if (differences.length === 0) return
  const message = `the two logins have other rights at ${farSide.name}: ${differences.join('; ')}`
  throw new SecretError('rejected', message)
}

/** A far side may show a session late, so two looks must find none. */
const LOOKS = 2

/**
 * Waits until a value has no session left. A look that fails is taken again until the deadline.
 *
 * @throws {SecretError} `unreachable` naming their clients when the deadline passes
 */
export async function untilWithoutSessions(
  { farSide, value }: { readonly farSide: FarSide; readonly value: Secret },
  { deadlineMs, pollMs }: Patience,
  context: StepContext,
): Promise<void> {
  const { clock, signal } = context
  if (farSide.sessions === undefined) return
  const account = farSide.accountOf?.(value) ?? `a ${farSide.noun}`
  const deadline = clock.elapsed() + deadlineMs
  const look = async () => (await farSide.sessions?.(value, signal)) ?? []
  for (let empty = 0; ;) {
    const clients = await lookUntil(look, { deadline, pollMs }, context)
    empty = clients.length === 0 ? empty + 1 : 0
    if (empty === LOOKS) return
    const open = `${clients.length} sessions of ${account} are open at ${farSide.name}: ${[...new Set(clients)].join('; ')}`
    if (clients.length > 0 && clock.elapsed() >= deadline) {
      throw new SecretError('unreachable', `${open}: have them connect anew`)
    }
    if (clients.length > 0) context.waiting(open)
    await clock.sleep(pollMs, signal, { keepAlive: true })
  }
}
