import type { LiveSecret, SecretVersion } from '@rekey/secret'
import type { Agent } from 'undici'
import type { TlsIdentity } from '../spec/parse-tls-identity.ts'
import { checkEncrypted, openAgent, over, type TlsTarget } from './tls-connections.ts'

/** Whom a {@link createTlsFetch} believes, and who it is. */
export interface TlsFetchOptions extends TlsTarget {
  /** The identity that is shown to servers that ask for one. Default: none. */
  readonly identity?: LiveSecret<TlsIdentity>
  /** Distinguishes several of one process in health. Default `tls client`. */
  readonly label?: string
}

/** A `fetch` over connections of its own. */
export interface TlsFetch extends AsyncDisposable {
  readonly fetch: typeof fetch
  /** Ends its connections, each when it has been answered. */
  close(): Promise<void>
}

/**
 * Creates a `fetch` that trusts only the given roots and shows the current version of an identity: new connections begin with
 * it as soon as it changes, requests under way end under the one before.
 *
 * It refuses addresses that are not `https`.
 *
 * Usage: `holding[label]` is the version that new connections show.
 *
 * @example
 * ```ts
 * const calls = createTlsFetch({ trust, name: 'signing', identity: secrets.tls })
 * await calls.fetch('https://10.0.0.7:8443/certificates', { method: 'POST', body })
 * ```
 */
export function createTlsFetch(options: TlsFetchOptions): TlsFetch {
  const { identity } = options
  const connections = new Connections(options)
  const stop = new AbortController()
  if (identity !== undefined) void follow(identity, connections, stop.signal)
  const close = async () => {
    stop.abort()
    await connections.close()
  }
  return {
    async fetch(input, init) {
      checkEncrypted(input)
      return fetch(input, over(connections.agent, init))
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function follow(
  identity: LiveSecret<TlsIdentity>,
  connections: Connections,
  signal: AbortSignal,
): Promise<void> {
  for await (const { current } of identity.changes(signal)) connections.show(current)
}

class Connections {
  readonly #options: TlsFetchOptions
  readonly #ending = new Set<Promise<void>>()
  #agent: Agent
  #shown: string | undefined

  constructor(options: TlsFetchOptions) {
    this.#options = options
    this.#agent = this.#open(options.identity?.current)
  }

  get agent(): Agent {
    return this.#agent
  }

  show(current: SecretVersion<TlsIdentity>): void {
    if (current.version === this.#shown) return
    const before = this.#agent
    this.#agent = this.#open(current)
    this.#end(before)
  }

  async close(): Promise<void> {
    this.#end(this.#agent)
    await Promise.all(this.#ending)
  }

  #open(current: SecretVersion<TlsIdentity> | undefined): Agent {
    const { identity, label = 'tls client' } = this.#options
    this.#shown = current?.version
    if (current !== undefined) identity?.usage.hold(label, [current.version])
    return openAgent(this.#options, current?.value.expose())
  }

  /** Waits for the requests that are under way. */
  #end(agent: Agent): void {
    const ended = agent.close().finally(() => this.#ending.delete(ended))
    this.#ending.add(ended)
  }
}
