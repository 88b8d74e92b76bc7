import { readTrust, type Trust } from './trust.ts'

/** A `fetch` over connections of its own. */
export interface TrustedFetch extends AsyncDisposable {
  readonly fetch: typeof fetch
}

/**
 * Opens a `fetch` that trusts the given roots alone; without any, those of Node.js.
 *
 * @throws {SecretError} as {@link readTrust}
 * @example
 * ```ts
 * await using calls = await openTrustedFetch({ file: '/etc/rekey/id-root.crt' })
 * await calls.fetch('https://id.internal/.well-known/openid-configuration')
 * ```
 */
export async function openTrustedFetch(trust?: Trust): Promise<TrustedFetch> {
  if (trust === undefined) {
    return { fetch: globalThis.fetch, [Symbol.asyncDispose]: () => Promise.resolve() }
  }
  const ca = await readTrust(trust)
  // Most that read trust open no such connections.
  const { default: Agent } = await import('undici/lib/dispatcher/agent.js')
  const dispatcher = new Agent({ connect: { ca, minVersion: 'TLSv1.2' } })
  return {
    // The types of Node.js know a dispatcher of an older undici only.
    fetch: (input, init) => fetch(input, { ...init, dispatcher } as unknown as RequestInit),
    [Symbol.asyncDispose]: () => dispatcher.close(),
  }
}
