import { SecretError } from '@rekey/secret'
import { type Listener, type ListenerOptions, PoolListener } from './pool-listener.ts'
import type { RotatingPool } from './rotating-pool.ts'

/** The longest name of a channel in PostgreSQL (NAMEDATALEN 64). */
const MAX_BYTES = 63

/**
 * Opens a LISTEN that outlives rotations. It holds one connection of the pool, and a second one for the moment of a move:
 * the new one listens before the old one is let go.
 *
 * Every notification is delivered exactly once and in the order of the commits, also across moves: a marker, sent through
 * PostgreSQL's own queue, marks for both connections where the one ends and the other begins. Payloads are never compared,
 * so equal ones are delivered as often as they were sent. Only a connection that is cut can lose some, and then `onGap`
 * reports it; no notification is ever delivered twice.
 *
 * @throws {SecretError} `malformed` the name of a channel; `refused` the pool's `max` is 1; else as connecting throws
 *
 * @example
 * ```ts
 * await using listener = await openListener(pool, {
 *   channels: ['orders'],
 *   onNotification: ({ channel, payload }) => log.info({ channel, payload }),
 * })
 * ```
 */
export async function openListener(
  pool: RotatingPool,
  options: ListenerOptions,
): Promise<Listener> {
  const bytes = options.channels.map((name) => Buffer.byteLength(name))
  if (bytes.length === 0 || bytes.some((length) => length === 0 || length > MAX_BYTES)) {
    throw new SecretError(
      'malformed',
      `Name channels to listen to, each of 1 to ${MAX_BYTES} bytes`,
    )
  }
  if (pool.options.max < 2) {
    throw new SecretError(
      'refused',
      'A listener needs two connections to move; raise max to 2 or more',
    )
  }
  const listener = new PoolListener(pool, options)
  await listener.open()
  return listener
}
