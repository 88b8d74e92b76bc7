import { jsonIn, limitedText, SecretError, within } from '@rekey/secret'
import { refusalIn } from '../use/client-refusal.ts'

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

/** The signing service, and the connection to it. */
export interface SigningServiceOptions {
  /** `https://signing:8443`. */
  readonly url: string
  /** Shows the current identity of the service that the certificate is for: `fetchAs`. Default: the global one. */
  readonly fetch?: typeof fetch
}

const TIMEOUT_MS = 30_000

/**
 * Asks the signing service, `POST /server-certificates`, for the next certificate of the service whose current one the connection
 * shows (RFC 7030 §4.2.2).
 *
 * @throws {SecretError} from the returned function: `rejected` if signing refuses the certificate, `refused` if it refuses the
 *   request or the call cannot be made, `unreachable` if it does not answer or cannot issue at the moment, `malformed` if it answers something else
 */
export function signingServiceSigner(options: SigningServiceOptions): CertificateSigner {
  return async (csr, names, signal) => {
    const answer = await ask(options, JSON.stringify({ csr, names }), signal)
    if (answer.status === 201) return parseAnswer(answer.text)
    throw refusalOf(answer)
  }
}

async function ask(
  { url, fetch = globalThis.fetch }: SigningServiceOptions,
  body: string,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  try {
    const limit = { what: `a certificate from ${url}`, limitMs: TIMEOUT_MS, signal }
    return await within(limit, async (limited) => {
      const response = await fetch(new URL('/server-certificates', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        redirect: 'error',
        signal: limited,
      })
      return { status: response.status, text: await limitedText(response) }
    })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SecretError && error.code === 'refused') throw error
    throw new SecretError('unreachable', `${url} does not answer: check that it is up`)
  }
}

function refusalOf({ status, text }: { status: number; text: string }): SecretError {
  const refused = status === 403 ? refusalIn(text) : undefined
  if (refused !== undefined) {
    const message = `signing refuses the current identity of the service: ${refused.error}`
    return new SecretError('rejected', message, { status, reason: refused.code })
  }
  if (status >= 400 && status < 500 && status !== 429) {
    const message = 'signing refuses the request: check that its settings allow these names'
    return new SecretError('refused', message, { status })
  }
  return new SecretError('unreachable', 'signing cannot issue now: see its log', { status })
}

function parseAnswer(text: string): { certificate: string; chain: string } {
  const { certificate, chain } = Object(jsonIn(text)) as Readonly<Record<string, unknown>>
  if (typeof certificate === 'string' && typeof chain === 'string') return { certificate, chain }
  throw notACertificate()
}

function notACertificate(): SecretError {
  return new SecretError(
    'malformed',
    'signing answered something that is no certificate: check its address',
  )
}
