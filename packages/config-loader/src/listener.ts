import type { Server } from 'node:http'
import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)
const host = z.string().min(1).default('127.0.0.1')

/**
 * The settings of a service's two listeners. Each is on loopback unless its host is set: `HOST=0.0.0.0` opens the public one on all
 * interfaces, `HEALTH_HOST=0.0.0.0` that of health. `HEALTH_HOSTS` are further names, with commas or spaces between, by which
 * health may be asked, such as `signing.vpn.svc`.
 *
 * @example
 * ```ts
 * const settings = z.object({ ...listenerSettings, LOG_LEVEL: z.enum(['info', 'warn']) })
 * ```
 */
export const listenerSettings = {
  PORT: port,
  HOST: host,
  HEALTH_PORT: port,
  HEALTH_HOST: host,
  HEALTH_HOSTS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .toLowerCase()
        .split(/[\s,]+/)
        .filter((name) => name !== ''),
    ),
}

/** The part of {@link listenerSettings} that `runService` takes. */
export function healthAddress(
  settings: Readonly<
    Pick<
      z.output<z.ZodObject<typeof listenerSettings>>,
      'HEALTH_PORT' | 'HEALTH_HOST' | 'HEALTH_HOSTS'
    >
  >,
) {
  const { HEALTH_PORT: healthPort, HEALTH_HOST: healthHost, HEALTH_HOSTS: healthHosts } = settings
  return { healthPort, healthHost, healthHosts }
}

/**
 * How long a listener waits for a request, in milliseconds: for its headers, then for all of it. Node.js waits 60 s and 300 s,
 * Fastify for ever, so that a few slow clients hold every connection.
 *
 * @example
 * ```ts
 * createServer(LISTENER_LIMITS, listener)
 * Fastify({ ...LISTENER_LIMITS, http: LISTENER_LIMITS })
 * ```
 */
export const LISTENER_LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
} as const

/** The times of {@link closeListener}, in milliseconds. */
export interface CloseListenerOptions {
  /** What stops listening; default `server.close`. Of Fastify, `() => app.close()`. */
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
  server: Server,
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
