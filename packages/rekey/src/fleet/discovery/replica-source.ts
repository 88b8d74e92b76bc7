import { isIP } from 'node:net'
import { SecretError } from '@rekey/secret'
import type { Replica } from '@rekey/secret/internal/kind'

/**
 * Lists the replicas of a service as they are now; none if it lists no such service.
 *
 * @throws {SecretError} if they cannot be listed, which is never the same as that there are none
 */
export type ReplicaSource = (service: string, signal?: AbortSignal) => Promise<readonly Replica[]>

/**
 * How the addresses of a replica are written, for all that a source finds. `{host}` and `{port}` stand for those of the target, and
 * `{NAME}` for a further value that the source gives to it. An IPv6 address gets its brackets.
 */
export interface ReplicaAddresses {
  /** Where its callers reach it: `https://{host}:8443`. */
  readonly url: string
  /** Its internal listener. Default: `http://{host}:{port}`. */
  readonly healthUrl?: string | undefined
}

/** One replica, as a source finds it. */
export interface Target {
  readonly host: string
  readonly port?: number | undefined
  /** Identifies the replica for as long as it lives, whatever its address. */
  readonly id?: string | undefined
  /** Further values for {@link ReplicaAddresses}. */
  readonly values?: Readonly<Record<string, unknown>>
}

const DEFAULT_HEALTH_URL = 'http://{host}:{port}'
const PLACEHOLDER = /\{([^{}]*)\}/g

/**
 * Makes a replica of a target.
 *
 * @param where names the target in errors
 * @throws {SecretError} `malformed` if the target has no value for a placeholder, or the result is no address
 */
export function replicaAt(
  service: string,
  { host, port, id, values }: Target,
  { url, healthUrl = DEFAULT_HEALTH_URL }: ReplicaAddresses,
  where: string,
): Replica {
  const known = new Map<string, unknown>([
    ...Object.entries(values ?? {}),
    ['host', isIP(host) === 6 ? `[${host}]` : host],
    ...(port === undefined ? [] : ([['port', port]] as const)),
  ])
  const fill = (template: string) => {
    const filled = template.replaceAll(PLACEHOLDER, (_, name: string) => {
      if (known.has(name)) return String(known.get(name))
      const message = `${where} has no ${name} for ${template}: give it one, or write the address without {${name}}`
      throw new SecretError('malformed', message)
    })
    if (URL.canParse(filled)) return filled
    throw new SecretError('malformed', `${where} makes no address of ${template}: correct it`)
  }
  return { service, url: fill(url), healthUrl: fill(healthUrl), ...(id !== undefined && { id }) }
}
