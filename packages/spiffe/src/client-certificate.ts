import type { ConnectionOptions } from 'node:tls'
import type { LiveSecret, Secret } from '@rekey/secret'

/** The part of a `TlsIdentity` of `@rekey/tls-identity` that a client shows. */
interface Identity {
  readonly key: Secret
  readonly chain: string
}

/**
 * TLS options that show the current identity at each connection: `ssl` of `pg.Pool` and `pg.Client`, which read them anew for each one.
 * A connection that is open keeps its certificate: let it end with `maxLifetimeSeconds` of the pool.
 *
 * @param options - further TLS options, such as `ca` for the roots of the server
 *
 * @example
 * ```ts
 * const pool = new Pool({ host, user: 'shop', database: 'shop', ssl: clientCertificate(service.secrets.tls, { ca }) })
 * ```
 */
export function clientCertificate(
  identity: LiveSecret<Identity>,
  options: ConnectionOptions = {},
): ConnectionOptions {
  const now = () => identity.current.value.expose()
  return Object.defineProperties(
    Object.defineProperties({}, Object.getOwnPropertyDescriptors(options)),
    {
      cert: { get: () => now().chain, enumerable: true, configurable: true },
      // Not enumerable, so that nothing that prints the options reads it.
      key: { get: () => now().key.expose(), enumerable: false, configurable: true },
    },
  )
}
