import { parseSecureUrl, type Secret, SecretError, within } from '@rekey/secret'
import type { AskOperator } from '@rekey/secret/kind'
import type { CredentialProvider } from './credential-provider.ts'

/** A request that the third party answers with 2xx for a credential that it accepts, and with 401 or 403 for any other. */
export interface HttpProof {
  /** https, except on loopback. */
  readonly url: string
  /** The header that carries the credential: `authorization`. */
  readonly header: string
  /** The text before the credential: `Bearer `. */
  readonly prefix: string
}

/** Who makes credentials, and how they are tried. */
export interface ManualCredentialsOptions {
  readonly ask: AskOperator
  readonly prove: HttpProof
  readonly fetch?: typeof fetch
}

const TIMEOUT_MS = 10_000

/**
 * Creates a provider whose credentials an operator makes and ends in the console of the third party. A crash before the value is
 * stored asks again.
 *
 * @throws {SecretError} `refused` or `malformed` for an address that a credential may not be sent to
 */
export function manualCredentials(options: ManualCredentialsOptions): CredentialProvider {
  const { ask, prove, fetch = globalThis.fetch } = options
  const url = parseSecureUrl(prove.url, 'the address of the proof')
  return {
    plan: () =>
      Promise.resolve({
        generate: 'the operator makes a new credential at the third party and pastes it',
        admit: 'the third party knows it already',
        revoke: 'the operator removes the old one at the third party, if it is still there',
      }),
    async choose({ value }, { signal }) {
      const given = (await ask(signal)).map((text) => text.trim())
      if (given.expose() !== value.expose()) return given
      const remedy = 'make a new one at the third party, and paste that'
      throw new SecretError('refused', `this is the credential that is in use: ${remedy}`)
    },
    accept: () => Promise.resolve(),
    withdraw: () => Promise.resolve(),
    retire: () => Promise.resolve(),
    isAccepted: (value, signal) => tryAt({ ...prove, url }, value, { fetch, signal }),
  }
}

async function tryAt(
  { url, header, prefix }: Omit<HttpProof, 'url'> & { readonly url: URL },
  value: Secret,
  { fetch, signal }: { fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<boolean> {
  const status = await within(
    { what: `an answer of ${url.host}`, limitMs: TIMEOUT_MS, signal },
    async (limited) => {
      const headers = { [header]: prefix + value.expose() }
      const response = await fetch(url, { headers, redirect: 'error', signal: limited })
      await response.body?.cancel()
      return response.status
    },
  ).catch(() => 0)
  signal.throwIfAborted()
  if (status >= 200 && status < 300) return true
  if (status === 401 || status === 403) return false
  const message = `${url.host} did not judge the credential (${status || 'no answer'}): check the address of the proof`
  throw new SecretError('unreachable', message, { host: url.host, status })
}
