import { isServiceName } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import type { DeclaredSecret } from '@rekey/secret/kind'
import type { RotationParts } from '@rekey/secret/internal/kind'
import { readTrust, trustEntry } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import { type CertificateSigner, signingServiceSigner } from './certificate-signer.ts'
import type { CreateRequest } from './issue-identity.ts'
import { concrete } from './prove-tls.ts'
import { tlsKind } from './tls-kind.ts'
import type { TlsTarget } from '../use/tls-connections.ts'

const entry = z.object({
  names: z
    .tuple([z.string().min(1)], z.string().min(1))
    .describe('the hosts and addresses that clients call the service by'),
  signer: z.strictObject({
    service: z.string().refine(isServiceName).describe('the service that issues certificates'),
  }),
  trust: trustEntry,
})

type IdentityEntry = z.output<typeof entry>
type Declared = DeclaredSecret<IdentityEntry>

/**
 * Defines the kind of TLS identities that a family declares. Does no I/O.
 *
 * @param createRequest makes keys and requests; `createSigningRequest` of `@rekey/ca-keystore`
 * @example
 * ```ts
 * const kind = defineTlsKind(createSigningRequest)
 * // in family.json: "tls": [{ "service": "frontend", "names": ["frontend"], "signer": { "service": "signing" }, "trust": { "file": "ca.crt" } }]
 * ```
 */
export function defineTlsKind(createRequest: CreateRequest) {
  return {
    ...tlsKind,
    entry,
    async rotationOf({ parties: [service = ''], entry }: Declared, parts: RotationParts) {
      const { names } = entry
      const [signer, trust] = [signerOf(service, entry, parts), await readTrust(entry.trust)]
      return tlsKind.rotation({ ...parts, service, names, createRequest, signer, trust })
    },
  }
}

/**
 * Describes how clients call a service whose identity a family declares: which roots they trust, and by which name.
 *
 * @param declared one entry of `tls` in `secrets` of a family
 * @throws {SecretError} if the roots cannot be read
 */
export async function callsOf(declared: unknown): Promise<Required<TlsTarget>> {
  const { trust, names } = entry.parse(declared)
  return { trust: await readTrust(trust), name: concrete(names[0]) }
}

/** Asks the replicas of the signing service one after the other, as the service itself, until one answers. */
function signerOf(
  service: string,
  { signer: { service: signing } }: IdentityEntry,
  { fleet, fetchTo, ...parts }: RotationParts,
): CertificateSigner {
  const fetch = fetchTo?.(signing, service) ?? parts.fetch
  return async (csr, names, signal) => {
    let failure = new SecretError('missing', `the fleet has no replica of ${signing}: add one`)
    for (const { url } of await fleet.replicas(signing)) {
      try {
        return await signingServiceSigner({ url, ...(fetch && { fetch }) })(csr, names, signal)
      } catch (error) {
        if (!(error instanceof SecretError) || error.code !== 'unreachable') throw error
        failure = error
      }
    }
    throw failure
  }
}
