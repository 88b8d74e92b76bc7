import {
  type LiveSecret,
  liveVersions,
  SecretError,
  type SecretErrorCode,
  type SecretVersion,
  systemClock,
} from '@rekey/secret'
import { createOriginCheck, type FetchInput } from './allowed-origins.ts'
import type { ApiKey } from './api-key.ts'
import { isReplayable } from './replayable.ts'

/** Something that an operator wants to know of the sending side. Never holds a secret. */
export type SendEvent =
  /** The receiver refused `keyId`. `retriedWith` is the key tried after it, `status` the HTTP status in the end. */
  | {
      readonly type: 'unauthorized'
      readonly name: string
      readonly keyId: string
      readonly retriedWith?: string
      readonly status: number
    }
  /** The source was to be read again because of that, and could not be. */
  | {
      readonly type: 'refresh-failed'
      readonly name: string
      readonly code: SecretErrorCode | 'unexpected'
    }

/** What {@link withApiKey} may be told. */
export interface WithApiKeyOptions {
  /** Where the key may be sent, each as `https://host:port`. A request to anywhere else is refused. */
  readonly origins: readonly string[]
  readonly onEvent?: (event: SendEvent) => void
  /** How long a refused request that has no other key waits for the source to be read again; default 2000. */
  readonly refreshWaitMs?: number
}

type Fetch = typeof fetch

/**
 * Makes a `fetch` that shows the `current` API key: `withApiKey(live, { origins })(fetch)`.
 *
 * If the answer is 401, the live secret is told, and the request is sent once more with another live version (`pending`,
 * else `previous`, else what the source holds by now). A request whose body is a stream, or that is a `Request` with a
 * body, cannot be sent twice: its 401 is returned. Redirects are returned, not followed, so that the key goes nowhere
 * else.
 *
 * @throws {SecretError} `malformed` for a wrong origin; the returned function `refused` for a target that is not allowed
 */
export function withApiKey(
  live: LiveSecret<ApiKey>,
  options: WithApiKeyOptions,
): (fetch: Fetch) => Fetch {
  const checkOrigin = createOriginCheck(options.origins)
  const { onEvent, refreshWaitMs = 2_000 } = options

  return (fetch) => async (input, init) => {
    checkOrigin(input)
    const send = async (version: SecretVersion<ApiKey>) => {
      live.usage.record(version.version)
      const headers = headersWithKey(input, init, version)
      const response = await fetch(input, { ...init, headers, redirect: 'manual' })
      if (response.status === 401) live.usage.fail()
      return response
    }
    const used = live.current
    const response = await send(used)
    if (response.status !== 401) return response

    const refresh = refreshOf(live, onEvent)
    const other = isReplayable(input, init)
      ? (otherThan(used, live) ?? (await otherAfter(refresh, refreshWaitMs, used, live)))
      : undefined
    if (other === undefined) {
      onEvent?.({ type: 'unauthorized', ...namesOf(used), status: response.status })
      return response
    }
    await response.body?.cancel()
    const second = await send(other)
    const { keyId: retriedWith } = namesOf(other)
    onEvent?.({ type: 'unauthorized', ...namesOf(used), retriedWith, status: second.status })
    return second
  }
}

function headersWithKey(
  input: FetchInput,
  init: RequestInit | undefined,
  version: SecretVersion<ApiKey>,
): Headers {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}))
  headers.set('authorization', `Bearer ${version.value.expose().text.expose()}`)
  return headers
}

function namesOf({ name, value }: SecretVersion<ApiKey>): { name: string; keyId: string } {
  return { name, keyId: value.expose().keyId }
}

function otherThan(used: SecretVersion<ApiKey>, live: LiveSecret<ApiKey>) {
  return liveVersions(live.snapshot).find(({ version }) => version !== used.version)
}

/** Has the source read again. Never rejects: the request does not depend on it, so a failure is an event. */
async function refreshOf(
  live: LiveSecret<ApiKey>,
  onEvent: WithApiKeyOptions['onEvent'],
): Promise<void> {
  try {
    await live.rejected('unauthorized')
  } catch (error) {
    const code = error instanceof SecretError ? error.code : 'unexpected'
    onEvent?.({ type: 'refresh-failed', name: live.name, code })
  }
}

async function otherAfter(
  refresh: Promise<void>,
  waitMs: number,
  used: SecretVersion<ApiKey>,
  live: LiveSecret<ApiKey>,
) {
  const done = new AbortController()
  await Promise.race([refresh, systemClock.sleep(waitMs, done.signal)])
  done.abort()
  return otherThan(used, live)
}
