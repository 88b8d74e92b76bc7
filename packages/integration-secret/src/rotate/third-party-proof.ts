import { parseSecureUrl, type Secret, SecretError, within } from '@rekey/secret'
import { certificateRefusal, trustEntry } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import { acceptsBySmtp, type SmtpProof } from './smtp-proof.ts'

/** A request that the third party answers with 2xx for a credential that it accepts, and with 401 or 403 for any other. */
export interface HttpProof {
  /** https, except on loopback. */
  readonly url: string
  /** The header that carries the credential: `authorization`. */
  readonly header: string
  /** The text before the credential: `Bearer `. */
  readonly prefix: string
}

/** How a credential is tried at the third party. */
export type ThirdPartyProof = HttpProof | { readonly smtp: SmtpProof }

const port = z.int().min(1).max(65_535)

/** RFC 1123 §2.1; z.hostname() is of zod 4.1, and not of 3.25. */
const HOST =
  /^(?=.{1,253}\.?$)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-0-9a-zA-Z]{0,61}[0-9a-zA-Z])?)*\.?$/

/** A proof as a family declares it. */
export const proofEntry = z
  .union([
    z.strictObject({
      url: z.url(),
      header: z.string().min(1).default('authorization'),
      prefix: z.string().default('Bearer '),
    }),
    z.strictObject({
      smtp: z.strictObject({
        host: z.string().regex(HOST, 'write the name of a host'),
        port,
        user: z.string().regex(/^\P{Cc}+$/u, 'is empty or has control characters'),
        security: z
          .enum(['starttls', 'tls', 'none'])
          .describe('none: only on loopback, for a credential for development'),
        trust: trustEntry.optional(),
      }),
    }),
  ])
  .describe('an HTTP request or an SMTP login, which succeeds with a credential that is accepted')

const TIMEOUT_MS = 10_000

/**
 * Whether the third party accepts a value.
 *
 * @throws {SecretError} `unreachable` if it was not judged, `refused` for a certificate that is not trusted
 */
export type IsAccepted = (value: Secret, signal: AbortSignal) => Promise<boolean>

/**
 * Creates the check that a proof describes.
 *
 * @throws {SecretError} `refused` or `malformed` for an address that a credential may not be sent to
 */
export function createProof(
  proof: ThirdPartyProof,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): IsAccepted {
  if ('smtp' in proof) return (value, signal) => acceptsBySmtp(proof.smtp, value, signal)
  const url = parseSecureUrl(proof.url, 'the address of the proof')
  return (value, signal) => tryAt({ ...proof, url }, value, { fetch, signal })
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
  ).catch((error: unknown) => {
    signal.throwIfAborted()
    const option = 'trust of its provider in the family'
    const refusal = certificateRefusal(error, { host: url.host, option })
    if (refusal !== undefined) throw refusal
    return 0
  })
  signal.throwIfAborted()
  if (status >= 200 && status < 300) return true
  if (status === 401 || status === 403) return false
  const message = `${url.host} did not judge the credential (${status || 'no answer'}): check the address of the proof`
  throw new SecretError('unreachable', message, { host: url.host, status })
}
