import type { Server } from 'node:http'

/** The required part of a server: those of `node:http` and `node:https` have it. */
export type ClosableServer = Pick<Server, 'close' | 'closeIdleConnections' | 'closeAllConnections'>

/** The times of {@link closeListener}, in milliseconds. */
export interface CloseListenerOptions {
  /** Stops listening; default `server.close`. Of Fastify, `() => app.close()`. */
  readonly close?: () => PromiseLike<unknown>
  /** After this every connection is cut. Default 4,000. */
  readonly graceMs?: number
}

const IDLE_CHECK_MS = 100

/**
 * Stops listening and ends every connection: idle ones at once, others when they have been answered, and those that are not within
 * the grace, such as one that has sent half a request, by cutting them.
 *
 * @example
 * ```ts
 * own.defer(() => closeListener(app.server, { close: () => app.close() }), 'listener')
 * ```
 */
export async function closeListener(
  server: ClosableServer,
  { close, graceMs = 4_000 }: CloseListenerOptions = {},
): Promise<void> {
  const idle = setInterval(() => {
    server.closeIdleConnections()
  }, IDLE_CHECK_MS)
  const grace = setTimeout(() => {
    server.closeAllConnections()
  }, graceMs)
  try {
    await (close?.() ?? new Promise((resolve) => server.close(resolve)))
  } finally {
    clearInterval(idle)
    clearTimeout(grace)
  }
}
