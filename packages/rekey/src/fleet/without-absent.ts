import { SecretError } from '@rekey/secret'
import { type Answer, type Fleet, isAbsent, type Replica } from '@rekey/secret/internal/kind'

/**
 * Creates a fleet that leaves replicas out while they do not answer: no step waits for them. One that answers again counts as any
 * other.
 *
 * @param names the health URL of each, or its `host:port`
 * @throws {SecretError} by its methods: as `fleet`; `missing` if no replica of a service is left
 * @example
 * ```ts
 * const fleet = withoutAbsent(createFleet(replicas), ['10.0.0.3:9090'])
 * ```
 */
export function withoutAbsent(fleet: Fleet, names: readonly string[]): Fleet {
  const isLeft = (answer: Answer) =>
    isAbsent(answer) && names.some((name) => isNamed(answer.replica, name))
  return {
    restarts: (service) => fleet.restarts?.(service),
    replicas: (service) => fleet.replicas(service),
    async acknowledgements(of, signal) {
      const answers = await fleet.acknowledgements(of, signal)
      const left = answers.filter((answer) => !isLeft(answer))
      // Of a workload that is scaled to none there is no answer, and none is awaited.
      if (left.length > 0 || answers.length === 0) return left
      const message = `no replica of ${of.service} is left that answers: bring one back`
      throw new SecretError('missing', message)
    },
  }
}

/** The replicas that {@link findAbsent} looks for, and the secret that each must report if it answers. */
export interface AbsentQuestion {
  /** The health URL of each, or its `host:port`. */
  readonly names: readonly string[]
  /** The services that hold the secret. */
  readonly services: readonly string[]
  /** The secret's name in the store. */
  readonly secret: string
}

/**
 * Finds the replicas that a rotation of one secret is to go on without.
 *
 * @throws {SecretError} `missing` if no service of the secret has a replica of that name; `refused` if it answers
 */
export async function findAbsent(
  { names, services, secret }: AbsentQuestion,
  fleet: Fleet,
  signal: AbortSignal,
): Promise<readonly Replica[]> {
  if (names.length === 0) return []
  const asked = services.map((service) => fleet.acknowledgements({ service, secret }, signal))
  const answers = (await Promise.all(asked)).flat()
  return names.map((name) => {
    const answer = answers.find(({ replica }) => isNamed(replica, name))
    if (answer === undefined) {
      const known = answers.map(({ replica }) => replica.healthUrl).join(', ')
      const message = `${name} is no replica of ${services.join(' or ')}, and is not waited for; there are: ${known}`
      throw new SecretError('missing', message)
    }
    if (isAbsent(answer)) return answer.replica
    const message = `${name} answers, so it is waited for: leave --without away, and look in its log if it is late`
    throw new SecretError('refused', message)
  })
}

function isNamed({ healthUrl }: Replica, name: string): boolean {
  return healthUrl === name || new URL(healthUrl).host === name
}
