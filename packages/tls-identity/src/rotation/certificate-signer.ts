import { limitedText, type Secret, SecretError, within } from '@rekey/secret'

/**
 * Gets a certificate for a key that stays here: only the request goes out.
 *
 * @param csr PKCS#10 in PEM
 * @param names the hosts and addresses that the certificate is for
 * @returns PEM of the certificate alone, and of the CAs above it, in order; the root may be among them
 */
export type CertificateSigner = (
  csr: string,
  names: readonly string[],
  signal: AbortSignal,
) => Promise<{ readonly certificate: string; readonly chain: string }>

/** Where the signing service is, and who asks it. */
export interface SigningServiceOptions {
  /** `https://signing:8443`. */
  readonly url: string
  /** The API key with which the service that the certificate is for calls signing: the current one, read at every call. */
  readonly key: () => Promise<Secret>
  /** Default: the global one. */
  readonly fetch?: typeof fetch
}

const TIMEOUT_MS = 30_000

/**
 * Asks the signing service, `POST /server-certificates`, on behalf of the service that the certificate is for.
 *
 * @throws {SecretError} from the returned function: `rejected` if signing refuses the key, `refused` if it refuses the
 *   request, `unreachable` if it does not answer or cannot issue at the moment, `malformed` if it answers something else
 */
export function signingServiceSigner(options: SigningServiceOptions): CertificateSigner {
  return async (csr, names, signal) => {
    const answer = await ask(options, JSON.stringify({ csr, names }), signal)
    if (answer.status === 201) return parseAnswer(answer.text)
    throw refusalOf(answer.status)
  }
}

async function ask(
  { url, key, fetch = globalThis.fetch }: SigningServiceOptions,
  body: string,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const authorization = `Bearer ${(await key()).expose()}`
  try {
    const limit = { what: `a certificate from ${url}`, limitMs: TIMEOUT_MS, signal }
    return await within(limit, async (limited) => {
      const response = await fetch(new URL('/server-certificates', url), {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body,
        redirect: 'error',
        signal: limited,
      })
      return { status: response.status, text: await limitedText(response) }
    })
  } catch {
    signal.throwIfAborted()
    throw new SecretError('unreachable', `${url} does not answer: check that it is up`)
  }
}

function refusalOf(status: number): SecretError {
  if (status === 401) {
    const message = 'signing refuses the API key: check that it reads the same store'
    return new SecretError('rejected', message, { status })
  }
  if (status >= 400 && status < 500 && status !== 429) {
    const message = 'signing refuses the request: check that its settings allow these names'
    return new SecretError('refused', message, { status })
  }
  return new SecretError('unreachable', 'signing cannot issue now: see its log', { status })
}

function parseAnswer(text: string): { certificate: string; chain: string } {
  const { certificate, chain } = readObject(text)
  if (typeof certificate === 'string' && typeof chain === 'string') return { certificate, chain }
  throw notACertificate()
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null ? { ...read } : {}
  } catch {
    throw notACertificate()
  }
}

function notACertificate(): SecretError {
  return new SecretError(
    'malformed',
    'signing answered something that is no certificate: check its address',
  )
}
