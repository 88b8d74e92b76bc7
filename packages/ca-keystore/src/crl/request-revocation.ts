import { resolve } from 'node:path'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { BundleReader } from './published-lists.ts'
import { fileRequests, type RevocationRequest } from './revocation-requests.ts'

/** Certificates to be revoked by the process that publishes the lists, from any process of its user. */
export interface RevocationOrder {
  /** Of the lists, as that of `openRevocationLists`. */
  readonly directory: string
  readonly requests: readonly RevocationRequest[]
  /** How long to wait for the published lists to name them, in milliseconds. Default 10,000. */
  readonly limitMs?: number
  readonly clock?: Clock
}

const LOOK_EVERY_MS = 100

/**
 * Revokes certificates through the process that publishes the lists of their CA: files the requests, and waits until the published
 * bundle has all of them. A process that is killed in between loses none: they are on disk before the wait. Calling it again is safe.
 *
 * @throws {SecretError} `refused` for a serial, or another user than that of the service; `missing` if no service has published from the
 *   directory; `unreachable` with the reason `not-published` if they are recorded and not published within the limit
 *
 * @example
 * ```ts
 * await requestRevocation({ directory: '/var/lib/vpn-crl', requests: [{ serial, reason: 'keyCompromise' }] })
 * ```
 */
export function requestRevocation(order: RevocationOrder): Promise<void> {
  const directory = resolve(order.directory)
  return requestThrough(order, new BundleReader(directory), () => Promise.resolve())
}

/** Does what {@link requestRevocation} does, with `work` to do before each look at the bundle. */
export async function requestThrough(
  { directory, requests, limitMs = 10_000, clock = systemClock }: RevocationOrder,
  bundle: BundleReader,
  work: () => Promise<void>,
): Promise<void> {
  const isPublished = async () => {
    const published = await bundle.read()
    return requests.every(({ serial }) => published?.serials.has(serial))
  }
  if (await isPublished()) return
  await fileRequests(resolve(directory), requests, new Date(clock.now()))
  const startedAt = clock.elapsed()
  for (;;) {
    await work()
    if (await isPublished()) return
    if (clock.elapsed() - startedAt >= limitMs) throw notPublished(directory)
    await clock.sleep(LOOK_EVERY_MS, undefined, { keepAlive: true })
  }
}

function notPublished(directory: string): SecretError {
  const message =
    `the revocation is recorded in ${directory}, and is not on the published lists yet; see that the service that publishes them runs and ` +
    'is ready: it publishes what is recorded, and nothing is to be repeated'
  return new SecretError('unreachable', message, { directory, reason: 'not-published' })
}
