import type { AgentOptions } from 'node:https'
import { createSecureContext } from 'node:tls'
import { type Clock, type Secret, systemClock } from '@rekey/secret'
import { HandshakeAgent } from './handshake-agent.ts'

/** How the reports of a service are read over TLS. */
export interface ReportTls {
  /** PEM of the roots that are trusted, no others. Default: those of Node.js. */
  readonly trust?: string
  /** The name that the certificate of every replica must be for. Default: the host that is called. */
  readonly name?: string
  /** The client certificate that is shown to replicas that ask for one. Default: none. */
  readonly identity?: ReportIdentity
}

/** A client certificate and its key. */
export interface ReportIdentity {
  /** PEM of the certificates, leaf first. */
  readonly chain: string
  /** PEM. */
  readonly key: Secret
}

/** Reads how a service is called, as it is now: what it is made of may have been rotated. */
export type ReadReportTls = () => Promise<ReportTls>

/** Roots and identities are read again after this. */
const REFRESH_MS = 30_000
/** One for each replica of a large fleet: a session costs some 2 KB, a whole handshake some milliseconds of both ends. */
const MAX_SESSIONS = 10_000

/** The connections to the replicas of one service. New ones begin with the current identity and roots. */
export class ServiceConnections {
  readonly #read: ReadReportTls
  readonly #options: AgentOptions
  readonly #clock: Clock
  #agent: HandshakeAgent | undefined
  #shown = ''
  #readAt = 0
  #reading: Promise<HandshakeAgent> | undefined

  constructor(read: ReadReportTls, options: AgentOptions, clock: Clock = systemClock) {
    this.#read = read
    this.#options = options
    this.#clock = clock
  }

  /** @throws {SecretError} as the read, where there was none before; later the agent before serves on */
  agent(): Promise<HandshakeAgent> | HandshakeAgent {
    const isFresh = this.#clock.elapsed() - this.#readAt < REFRESH_MS
    if (this.#agent !== undefined && isFresh) return this.#agent
    this.#reading ??= this.#refresh().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  destroy(): void {
    this.#agent?.destroy()
  }

  async #refresh(): Promise<HandshakeAgent> {
    try {
      const tls = await this.#read()
      const shown = JSON.stringify([tls.trust, tls.name, tls.identity?.chain])
      if (this.#agent === undefined || shown !== this.#shown) this.#show(tls)
      this.#shown = shown
    } catch (error) {
      if (this.#agent === undefined) throw error
    }
    this.#readAt = this.#clock.elapsed()
    if (this.#agent === undefined) throw new TypeError('connections without an agent')
    return this.#agent
  }

  /** Requests that are under way end under the one before; its connections are kept no longer. */
  #show({ trust, name, identity }: ReportTls): void {
    const before = this.#agent
    // One context for all connections: by itself each would make one, and parse the roots again.
    const secureContext = createSecureContext({
      minVersion: 'TLSv1.2',
      ...(trust !== undefined && { ca: trust }),
      ...(identity && { cert: identity.chain, key: identity.key.expose() }),
    })
    this.#agent = new HandshakeAgent({
      ...this.#options,
      secureContext,
      maxCachedSessions: MAX_SESSIONS,
      ...(name !== undefined && { servername: name }),
    })
    if (before === undefined) return
    before.maxFreeSockets = 0
    for (const sockets of Object.values(before.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy()
    }
  }
}
