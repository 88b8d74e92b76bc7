import { type Clock, type LiveSecret, type SecretVersion, systemClock } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type * as client from 'openid-client'
import { type ClientAddress, configure, discover } from '../spec/discover.ts'
import { authenticate, isClientRefused } from '../spec/prove-client-secret.ts'

/** Which client, and its secret. */
export interface RotatingClientOptions extends ClientAddress {
  /** The secret of the client. */
  readonly secret: LiveSecret
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** An OpenID client whose secret may change at any time, at either end first. */
export interface RotatingClient {
  /** For what needs no secret, such as the address of a login. */
  configuration(): Promise<client.Configuration>
  /**
   * Makes a request that authenticates the client. If the provider refuses the client, the live secret is notified, and the
   * request is made again with the other live versions, then with what the source holds by then, for 6 seconds in all. A
   * provider authenticates the client before it looks at a code, so a refused request leaves an authorization code good.
   *
   * @throws what the last request threw, or `SecretError` from discovery
   */
  authenticated<T>(request: (configuration: client.Configuration) => Promise<T>): Promise<T>
  /** Stops following the secret. */
  close(): void
}

/** How a replica's usage report names what the client authenticated with last. */
const CONSUMER = 'oidc-client'

/** Between rounds over all live versions; enough for a rotator to store what a provider has made. */
const PAUSES_MS = [100, 200, 400, 800, 1_600, 3_200]

/**
 * Creates a client that survives the rotation of its secret. Each new `current` is tried at the token endpoint by itself,
 * and the usage report names what was accepted last as held: so a rotation need not wait for a login.
 *
 * @example
 * ```ts
 * const client = createRotatingClient({
 *   issuer: 'https://login.example',
 *   clientId: 'frontend',
 *   secret: service.secrets.oidc,
 * })
 * ```
 */
export function createRotatingClient(options: RotatingClientOptions): RotatingClient {
  const rotating = new FollowingClient(options)
  void rotating.follow()
  return rotating
}

class FollowingClient implements RotatingClient {
  readonly #options: RotatingClientOptions
  readonly #clock: Clock
  readonly #closed = new AbortController()
  #metadata: Promise<client.ServerMetadata> | undefined

  constructor(options: RotatingClientOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    const { secret } = options
    secret.usage.hold(CONSUMER, [secret.current.version])
  }

  configuration(): Promise<client.Configuration> {
    return this.#configure(this.#options.secret.current)
  }

  async authenticated<T>(request: (configuration: client.Configuration) => Promise<T>): Promise<T> {
    const pausesMs = [...PAUSES_MS]
    for (;;) {
      try {
        return await this.#tryAll(request)
      } catch (error) {
        const pauseMs = pausesMs.shift()
        if (!isClientRefused(error) || pauseMs === undefined) throw error
        await this.#untilChange(pauseMs)
      }
    }
  }

  /** Ends when closed. */
  async follow(): Promise<void> {
    for await (const { current } of this.#options.secret.changes(this.#closed.signal)) {
      await this.#prove(current)
    }
  }

  close(): void {
    this.#closed.abort()
  }

  /** Each live version once, `current` first, until one is not refused. */
  async #tryAll<T>(request: (configuration: client.Configuration) => Promise<T>): Promise<T> {
    let refusal: unknown
    for (const version of liveVersions(this.#options.secret.snapshot)) {
      try {
        return await this.#request(version, request)
      } catch (error) {
        if (!isClientRefused(error)) throw error
        refusal = error
      }
    }
    throw refusal
  }

  async #request<T>(
    version: SecretVersion,
    request: (configuration: client.Configuration) => Promise<T>,
  ): Promise<T> {
    const { usage } = this.#options.secret
    const configuration = await this.#configure(version)
    usage.record(version.version)
    try {
      const answer = await request(configuration)
      usage.hold(CONSUMER, [version.version])
      return answer
    } catch (error) {
      if (isClientRefused(error)) this.#reportRefused(version)
      throw error
    }
  }

  #reportRefused({ version }: SecretVersion): void {
    const { secret } = this.#options
    secret.usage.fail(version)
    // Whether the source can be read is in the health of its owner; the request goes on with what is here.
    secret.rejected('unauthorized').catch(() => undefined)
  }

  async #untilChange(pauseMs: number): Promise<void> {
    const done = new AbortController()
    const changes = this.#options.secret.changes(done.signal)
    const change = changes[Symbol.asyncIterator]().next()
    await Promise.race([change, this.#clock.sleep(pauseMs, done.signal)])
    done.abort()
  }

  /** Tried until it is accepted, is no longer current, or the pauses are used up: then the next login decides. */
  async #prove(version: SecretVersion): Promise<void> {
    for (const pauseMs of PAUSES_MS) {
      if (await this.#isAccepted(version)) return
      await this.#untilChange(pauseMs)
      if (this.#closed.signal.aborted) return
      const { problem } = this.#options.secret
      if (problem !== undefined || this.#options.secret.current.version !== version.version) return
    }
  }

  async #isAccepted(version: SecretVersion): Promise<boolean> {
    try {
      await this.#request(version, authenticate)
      return true
    } catch {
      // Refused, which is counted, or not answered: either way nothing is proven, and what was held before still is.
      return false
    }
  }

  async #configure({ value }: SecretVersion): Promise<client.Configuration> {
    this.#metadata ??= discover(this.#options).catch((error: unknown) => {
      this.#metadata = undefined
      throw error
    })
    return configure(await this.#metadata, this.#options, value.expose())
  }
}
