import type { IncomingMessage } from 'node:http'
import type { LiveSecret } from '@rekey/secret'
import { verifyClient } from './client-certificate.ts'
import { answerRefusal } from './client-refusal.ts'
import { followTls, type TlsEvent, type TlsFollower, type TlsServer } from './follow-tls.ts'
import type { TlsIdentity } from '../spec/parse-tls-identity.ts'

/** Options of {@link serveReports}. */
export interface ServeReportsOptions {
  /** PEM of the roots of client certificates. */
  readonly trust: string
  /** The names in the certificates of those who may read reports and metrics: the rotator alone, as a rule. */
  readonly readers: readonly string[]
  /** Called with each change of the identity, and each that was refused. */
  readonly onEvent?: (event: TlsEvent) => void
}

/** The internal listener of a service over TLS. */
export interface ServedReports {
  readonly follow: (server: TlsServer) => TlsFollower
  readonly refusalFor: (
    request: IncomingMessage,
  ) => { readonly status: number; readonly body: string } | undefined
}

/**
 * Serves the internal listener of a service with its identity, over mutual TLS: reports and metrics need a client certificate for
 * one of the readers, beside the signature. Another service is refused with 403 and a code. Probes need none.
 *
 * Usage: `holding["health tls"]`, as `followTls`.
 *
 * @example
 * ```ts
 * const tls = serveReports(secrets.tls, { trust: roots, readers: ['rotator'] })
 * await using health = await openHealthListener(service, { port: 9090, host: '0.0.0.0', keys: [key], tls })
 * ```
 */
export function serveReports(
  identity: LiveSecret<TlsIdentity>,
  { trust, readers, onEvent }: ServeReportsOptions,
): ServedReports {
  return {
    follow: (server) =>
      followTls(server, identity, {
        name: 'health tls',
        context: { ca: trust },
        ...(onEvent && { onEvent }),
      }),
    refusalFor({ socket }) {
      const verdict = verifyClient(socket, { services: readers })
      return verdict.ok ? undefined : answerRefusal(verdict.code)
    },
  }
}
