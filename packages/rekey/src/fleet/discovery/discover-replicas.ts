import type { Backoff } from '@rekey/secret/internal'
import { backoffMs, type Clock, SecretError, systemClock } from '@rekey/secret'
import { identityOf, type Replica } from '@rekey/secret/internal/kind'
import type { ReplicaSource } from './replica-source.ts'

/** Options of {@link discoverReplicas}. */
export interface DiscoveryOptions {
  /** How long a source that cannot be read is tried again, in milliseconds. Default 3,000. */
  readonly retryMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

const BACKOFF: Backoff = { firstMs: 100, longestMs: 1_000 }

/**
 * Creates one source of several. A replica that two of them list is listed once: its identity is its `id`, else its `healthUrl`. A
 * source that cannot be read or understood is tried again for a while, then its error is thrown: it never counts as empty.
 *
 * @example
 * ```ts
 * const source = discoverReplicas([createFileSource({ file: 'fleet.json', url: 'https://{host}:8443' })])
 * const fleet = createFleet(source, { fetch: signedReports(key) })
 * ```
 */
export function discoverReplicas(
  sources: readonly ReplicaSource[],
  { retryMs = 3_000, clock = systemClock }: DiscoveryOptions = {},
): ReplicaSource {
  return async (service, signal) => {
    const deadline = clock.elapsed() + retryMs
    const list = async (source: ReplicaSource): Promise<readonly Replica[]> => {
      for (let failures = 0; ; failures += 1) {
        try {
          return await source(service, signal)
        } catch (error) {
          if (!isPassing(error) || clock.elapsed() >= deadline) throw error
          await clock.sleep(backoffMs(BACKOFF, failures), signal, { keepAlive: true })
        }
      }
    }
    const listed = (await Promise.all(sources.map(list))).flat()
    const byIdentity = new Map<string, Replica>()
    for (const replica of listed) {
      const identity = identityOf(replica)
      if (!byIdentity.has(identity)) byIdentity.set(identity, replica)
    }
    return [...byIdentity.values()]
  }
}

/** Whether another look may succeed: the network comes back, and a file that is being written is written. */
function isPassing(error: unknown): boolean {
  return error instanceof SecretError && ['unreachable', 'malformed'].includes(error.code)
}
