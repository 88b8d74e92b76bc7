import type { Socket } from 'node:net'
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls'
import { type LiveSecret, SecretError, type SecretVersion, type StagedSecret } from '@rekey/secret'
import type { TlsIdentity } from '../spec/parse-tls-identity.ts'
import { connectionsOf } from './served-versions.ts'

/** Counts open connections by the version they began under. */
class OpenConnections {
  readonly #counts = new Map<string, number>()
  readonly #changed: (versions: readonly string[]) => void

  /** @param changed called whenever the set of versions with an open connection changes */
  constructor(changed: (versions: readonly string[]) => void) {
    this.#changed = changed
  }

  open(version: string): void {
    const before = this.#counts.get(version) ?? 0
    this.#counts.set(version, before + 1)
    if (before === 0) this.#changed([...this.#counts.keys()])
  }

  /** @returns how many connections of that version are left */
  close(version: string): number {
    const left = (this.#counts.get(version) ?? 0) - 1
    if (left > 0) {
      this.#counts.set(version, left)
      return left
    }
    this.#counts.delete(version)
    this.#changed([...this.#counts.keys()])
    return 0
  }
}

/** Something that an operator wants to know of a server's identity. */
export type TlsEvent =
  /** New handshakes show this version. Connections that are open go on. */
  | { readonly type: 'switched'; readonly version: string; readonly fingerprint: string }
  /** No context could be made of this version with the options of this server. The one before is served on. */
  | { readonly type: 'refused'; readonly version: string; readonly fingerprint: string }
  /** The last connection that began under this version is closed. */
  | { readonly type: 'drained'; readonly version: string }

/** Options of {@link followTls}. */
export interface TlsFollowerOptions {
  /** Distinguishes several servers of one process in health. Default `tls`. */
  readonly name?: string
  /** Default `TLSv1.2`. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** Further options of this server's contexts: `ca` for client certificates, `ciphers`, … */
  readonly context?: Omit<
    SecureContextOptions,
    'cert' | 'key' | 'passphrase' | 'pfx' | 'minVersion' | 'sessionIdContext'
  >
  /** Called with each change of the identity, and each that was refused. */
  readonly onEvent?: (event: TlsEvent) => void
}

/** A server that follows its identity. */
export interface TlsFollower extends Disposable {
  /** The version that new handshakes show. */
  readonly serving: string
  /** Stops following; the server keeps what it serves. Happens by itself when the server closes. */
  close(): void
}

/** The required part of a server: those of `node:tls`, `node:https`, `node:http2` and the `server` of Fastify have it. */
export type TlsServer = Pick<Server, 'setSecureContext' | 'on' | 'off' | 'once'>

/** `SSL_MAX_SID_CTX_LENGTH` of OpenSSL, in bytes. */
const MAX_SESSION_CONTEXT = 32

/**
 * Makes a server show the current version of its identity, from this call on: `followTls(server, live)` before `listen`.
 * Connections that are open are not touched: a context lives on for as long as they do. A version of which no context can be
 * made is vetoed: the live secret and the server stay on the one before.
 *
 * A session is resumed only under the version it began under, also where `ticketKeys` are shared: otherwise a client that
 * resumes would go on with a certificate that is no longer served.
 *
 * Usage: `holding[name]` is what new handshakes show, `holding["NAME connections"]` what open connections began under.
 *
 * @throws {SecretError} `refused` if no context can be made of the current version
 */
export function followTls(
  server: TlsServer,
  live: LiveSecret<TlsIdentity>,
  options: TlsFollowerOptions = {},
): TlsFollower {
  return new ContextFollower(server, live, options)
}

class ContextFollower implements TlsFollower {
  readonly #server: TlsServer
  readonly #live: LiveSecret<TlsIdentity>
  readonly #options: TlsFollowerOptions
  readonly #connections: OpenConnections
  readonly #stop = new AbortController()
  #serving: string

  constructor(server: TlsServer, live: LiveSecret<TlsIdentity>, options: TlsFollowerOptions) {
    this.#server = server
    this.#live = live
    this.#options = options
    this.#serving = live.current.version
    this.#connections = new OpenConnections((versions) => {
      live.usage.hold(connectionsOf(this.#name), versions)
    })
    this.#check(live.snapshot)
    this.#serve(live.current)
    this.#listen()
    void this.#follow()
  }

  get serving(): string {
    return this.#serving
  }

  get #name(): string {
    return this.#options.name ?? 'tls'
  }

  close(): void {
    this.#stop.abort()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #listen(): void {
    const veto = this.#live.beforeUpdate((staged) => {
      if (staged.current.version !== this.#serving) this.#check(staged)
    })
    const count = (socket: Socket) => {
      this.#count(socket)
    }
    const close = () => {
      this.close()
    }
    this.#server.on('connection', count)
    this.#server.once('close', close)
    this.#stop.signal.addEventListener('abort', () => {
      veto()
      this.#server.off('connection', count)
      this.#server.off('close', close)
    })
  }

  async #follow(): Promise<void> {
    for await (const { current } of this.#live.changes(this.#stop.signal)) {
      if (current.version !== this.#serving) this.#serve(current)
    }
  }

  /** The server gives a connection its context as it is accepted, just before this. */
  #count(socket: Socket): void {
    const version = this.#serving
    this.#live.usage.record(version)
    this.#connections.open(version)
    socket.once('close', () => {
      const left = this.#connections.close(version)
      if (left === 0 && version !== this.#serving) this.#emit({ type: 'drained', version })
    })
  }

  #check({ current }: StagedSecret<TlsIdentity>): void {
    try {
      createSecureContext(this.#contextOf(current))
    } catch {
      const { version, value } = current
      this.#emit({ type: 'refused', version, fingerprint: value.expose().fingerprint })
      const message =
        'no TLS context can be made of it for this server: check the options of the server'
      throw new SecretError('refused', message, { reason: 'context' })
    }
  }

  #serve(current: SecretVersion<TlsIdentity>): void {
    this.#server.setSecureContext(this.#contextOf(current))
    this.#serving = current.version
    this.#live.usage.hold(this.#name, [current.version])
    const { fingerprint } = current.value.expose()
    this.#emit({ type: 'switched', version: current.version, fingerprint })
  }

  #contextOf({ value }: SecretVersion<TlsIdentity>): SecureContextOptions {
    const { key, chain, fingerprint } = value.expose()
    const { minVersion = 'TLSv1.2', context } = this.#options
    return {
      ...context,
      minVersion,
      key: key.expose(),
      cert: chain,
      sessionIdContext: fingerprint.slice(0, MAX_SESSION_CONTEXT),
    }
  }

  #emit(event: TlsEvent): void {
    this.#options.onEvent?.(event)
  }
}
