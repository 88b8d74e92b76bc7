import type { X509Certificate } from 'node:crypto'
import { type Clock, SecretError, type SecretVersion } from '@rekey/secret'
import { fingerprintOf, parseCertificates } from '../spec/parse-certificates.ts'
import { parseTlsIdentity, type TlsIdentity } from '../spec/parse-tls-identity.ts'

/**
 * Reads an identity by the rules of the service that is to serve it. One that it would refuse to load is a definite "no".
 *
 * @throws {SecretError} `refused`
 */
export function judgeIdentity(version: SecretVersion, clock: Clock): TlsIdentity {
  try {
    return parseTlsIdentity(version.value.expose(), { label: version.name, clock })
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    throw new SecretError('refused', error.message, error.details)
  }
}

/** Whether a version could be served now. */
export function isServable(version: SecretVersion, clock: Clock): boolean {
  try {
    judgeIdentity(version, clock)
    return true
  } catch (error) {
    if (error instanceof SecretError) return false
    throw error
  }
}

/** The public description of a version's certificate, also of an expired one; absent if it holds none that can be read. */
export function leafOf(
  version: SecretVersion,
): { fingerprint: string; serial: string } | undefined {
  try {
    const [leaf] = parseCertificates(version.value.expose())
    return leaf && { fingerprint: fingerprintOf(leaf), serial: leaf.serialNumber.toLowerCase() }
  } catch (error) {
    if (error instanceof SecretError) return undefined
    throw error
  }
}

/**
 * Checks that the chain of an identity ends in one of the trusted roots.
 *
 * @throws {SecretError} `refused`; `malformed` if the trust bundle cannot be read
 */
export function checkTrusted({ chain }: TlsIdentity, trust: string): void {
  const top = parseCertificates(chain).at(-1)
  const isIssuer = (root: X509Certificate) =>
    top !== undefined && top.checkIssued(root) && top.verify(root.publicKey)
  if (parseCertificates(trust).some(isIssuer)) return
  throw new SecretError(
    'refused',
    'its chain ends in no root that clients trust: give every client the root first, or another issuer',
    { reason: 'trust' },
  )
}
