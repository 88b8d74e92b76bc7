import type { Client, Metadata } from '@grpc/grpc-js'
import {
  backoffMs,
  type Clock,
  Secret,
  SecretError,
  type SecretSource,
  type StagedSecret,
  systemClock,
} from '@rekey/secret'
import { importPeer } from '@rekey/secret/internal'
import { parseAnswer, type Svid } from './workload-answer.ts'

/** Options of {@link openSpiffeSource}. */
export interface SpiffeSourceOptions {
  /** The name of the secret that the identity is: `TLS_SHOP` for `tlsIdentity()` of the service `shop`. */
  readonly name: string
  /** The address of the Workload API, `unix:///run/spire/agent.sock`: what SPIFFE puts in `SPIFFE_ENDPOINT_SOCKET`. */
  readonly socket: string
  /** Which identity is taken, if the agent gives several. Default: the first, which is the default one of SPIFFE. */
  readonly spiffeId?: string
  /** How long the first read waits for an identity, in milliseconds. Default 30,000. */
  readonly firstWithinMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** An X.509-SVID as a source. The agent renews it; each renewal is a new version. */
export interface SpiffeSource extends SecretSource, AsyncDisposable {
  /** The roots of the trust domain, as the agent gave them last: PEM. Read it for each use, since they change. */
  readonly roots: string
  watch(name: string, signal: AbortSignal): AsyncIterable<StagedSecret>
}

const METHOD = '/SpiffeWorkloadAPI/FetchX509SVID'
const RETRY = { firstMs: 100, longestMs: 5_000 }
/** Else gRPC waits by itself before it connects again, up to two minutes. */
const CHANNEL = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 5_000,
}
const PERMISSION_DENIED = 7

/**
 * The X.509-SVID that the SPIFFE Workload API issues to this process, with its private key, as the text that `tlsIdentity` reads.
 *
 * While the agent cannot be reached, the last identity is given until it ends. An agent that has issued none yet is asked again: only after
 * `firstWithinMs` reads throw `forbidden`. `unreachable` means that no agent answered, `malformed` that its answer cannot be read,
 * `missing` that another secret was asked for, or that `spiffeId` is not among the identities.
 *
 * @throws {SecretError} `malformed` for a socket that is no `unix:` address; `refused` if `@grpc/grpc-js` is not installed
 *
 * @example
 * ```ts
 * await using source = await openSpiffeSource({ name: 'TLS_SHOP', socket: 'unix:///run/spire/agent.sock' })
 * const service = await loadService(definition, { env: process.env, source })
 * ```
 */
export async function openSpiffeSource(options: SpiffeSourceOptions): Promise<SpiffeSource> {
  const { socket } = options
  // Over TCP anyone on the way could take the key.
  if (!/^unix:\/.+/.test(socket)) {
    const message = 'The address of the Workload API must be unix:///PATH: correct it'
    throw new SecretError('malformed', message)
  }
  const grpc = await importPeer(
    {
      url: import.meta.url,
      of: '@rekey/spiffe',
      name: '@grpc/grpc-js',
      need: 'the Workload API',
    },
    () => import('@grpc/grpc-js'),
  )
  const metadata = new grpc.Metadata()
  // Protects against requests that something else was made to send (Workload API §5).
  metadata.set('workload.spiffe.io', 'true')
  const client = new grpc.Client(socket, grpc.credentials.createInsecure(), CHANNEL)
  return new Source(options, client, metadata)
}

class Source implements SpiffeSource {
  readonly locator: string
  readonly #options: SpiffeSourceOptions
  readonly #clock: Clock
  readonly #client: Client
  readonly #metadata: Metadata
  readonly #end = new AbortController()
  readonly #following: Promise<void>
  readonly #waiting = new Set<() => void>()
  #svid: Svid | undefined
  #failure = unreachable()
  #handedOut: string | undefined

  constructor(options: SpiffeSourceOptions, client: Client, metadata: Metadata) {
    this.locator = `spiffe:${options.name}`
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#client = client
    this.#metadata = metadata
    this.#following = this.#follow()
  }

  get roots(): string {
    return this.#usable().roots
  }

  async read(name: string, signal?: AbortSignal): Promise<StagedSecret> {
    signal?.throwIfAborted()
    if (name !== this.#options.name) {
      throw new SecretError('missing', `${name} is not the identity of this source`)
    }
    if (this.#svid === undefined) await this.#first(signal)
    signal?.throwIfAborted()
    const staged = stagedOf(name, this.#usable())
    this.#handedOut = staged.revision
    return staged
  }

  async *watch(name: string, signal: AbortSignal): AsyncGenerator<StagedSecret> {
    let seen = this.#handedOut
    while (!signal.aborted) {
      const svid = name === this.#options.name ? this.#svid : undefined
      if (svid === undefined || svid.version === seen) await this.#next(signal)
      else {
        seen = svid.version
        yield stagedOf(name, svid)
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    await this.#following
    this.#client.close()
  }

  #usable(): Svid {
    // The end of a certificate is a moment of the wall clock.
    if (this.#svid !== undefined && this.#clock.now() < this.#svid.notAfter.getTime()) {
      return this.#svid
    }
    throw this.#failure
  }

  async #first(signal?: AbortSignal): Promise<void> {
    const over = new AbortController()
    const stop = AbortSignal.any([over.signal, this.#end.signal, ...(signal ? [signal] : [])])
    void this.#clock.sleep(this.#options.firstWithinMs ?? 30_000, stop).then(
      () => {
        over.abort()
      },
      () => undefined,
    )
    while (this.#svid === undefined && !stop.aborted) await this.#next(stop)
    over.abort()
  }

  /** Resolves when something has changed, or the signal aborts. */
  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }

  async #follow(): Promise<void> {
    const { signal } = this.#end
    for (let failures = 0; !signal.aborted; failures += 1) {
      const before = this.#svid
      this.#failure = await this.#readStream(signal)
      if (this.#svid !== before) failures = 0
      await this.#clock.sleep(backoffMs(RETRY, failures), signal).catch(() => undefined)
    }
  }

  /** Takes what one stream gives, until it ends. */
  async #readStream(signal: AbortSignal): Promise<SecretError> {
    const same = (bytes: Buffer) => bytes
    const empty = Buffer.alloc(0)
    const call = this.#client.makeServerStreamRequest(METHOD, same, same, empty, this.#metadata)
    const cancel = () => {
      call.cancel()
    }
    signal.addEventListener('abort', cancel)
    try {
      for await (const message of call) this.#take(parseAnswer(message as Buffer))
      return unreachable()
    } catch (error) {
      return failureOf(error)
    } finally {
      signal.removeEventListener('abort', cancel)
      cancel()
    }
  }

  #take(svids: readonly Svid[]): void {
    const { spiffeId } = this.#options
    const found = svids.find((svid) => spiffeId === undefined || svid.spiffeId === spiffeId)
    if (found === undefined) {
      const message = 'The Workload API has another identity for this process: correct spiffeId'
      throw new SecretError('missing', message)
    }
    this.#svid = found
    this.#failure = unreachable()
    for (const wake of this.#waiting) wake()
  }
}

function stagedOf(name: string, svid: Svid): StagedSecret {
  const { version, text, notBefore, notAfter } = svid
  const value = Secret.of(text, name)
  const current = {
    name,
    version,
    stage: 'current',
    value,
    sensitive: [value],
    createdAt: notBefore,
    expiresAt: notAfter,
    origin: { kind: 'store', store: 'spiffe' },
  } as const
  return { name, revision: version, current }
}

function unreachable(): SecretError {
  const message = 'The Workload API does not answer: start the SPIFFE agent, or correct the socket'
  return new SecretError('unreachable', message)
}

/** Only a denial is definite, of all that gRPC reports. The text of the far side is left out. */
function failureOf(error: unknown): SecretError {
  if (error instanceof SecretError) return error
  if ((error as { code?: unknown }).code !== PERMISSION_DENIED) return unreachable()
  const message =
    'The SPIFFE agent has issued no identity to this process: register an entry for it'
  return new SecretError('forbidden', message)
}
