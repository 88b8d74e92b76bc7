import { SecretError } from '@rekey/secret'
import type { Agent } from 'undici'
import Connections from 'undici/lib/dispatcher/agent.js'
import type { TlsIdentity } from '../spec/parse-tls-identity.ts'

/** A server to call. */
export interface TlsTarget {
  /** PEM of the roots that are trusted; no others are. */
  readonly trust: string
  /** The name that the certificate of every server must be for. Default: the host that is called. */
  readonly name?: string
}

/** Opens connections to a server that show an identity. */
export function openAgent({ trust, name }: TlsTarget, shown: TlsIdentity | undefined): Agent {
  return new Connections({
    connect: {
      ca: trust,
      minVersion: 'TLSv1.2',
      ...(name !== undefined && { servername: name }),
      ...(shown && { key: shown.key.expose(), cert: shown.chain }),
    },
  })
}

/** The types of Node.js know a dispatcher of an older undici only. */
export function over(dispatcher: Agent, init: RequestInit | undefined): RequestInit {
  return { ...init, dispatcher } as unknown as RequestInit
}

/** A call without TLS shows no identity. @throws {SecretError} `refused` */
export function checkEncrypted(input: Parameters<typeof fetch>[0]): void {
  const { protocol, host } = new URL(input instanceof Request ? input.url : input)
  if (protocol === 'https:') return
  const message = `${protocol}//${host} is not encrypted: use https, also on loopback`
  throw new SecretError('refused', message)
}
