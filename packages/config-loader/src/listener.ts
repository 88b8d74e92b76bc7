import { z } from 'zod/v4'

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

/** The settings of a service's two listeners. */
export type ListenerSettings = z.output<z.ZodObject<typeof listenerSettings>>
