import { SecretError } from '@rekey/secret'
import { parseCaChain } from './ca-certificate.ts'
import { type CaKeystore, issuerOf } from './ca-keystore.ts'
import type { IssuedCertificate } from './certificate.ts'
import { readDer } from './der-reader.ts'
import { issueBelow, MAX_CA_VALIDITY_MS } from './issuer.ts'
import { parseSubjectKey } from './subject-key.ts'
import { checkValidAt } from './validity.ts'

/** A CA that verifiers of another root are to trust. */
export interface CrossSigning {
  /** The root that those verifiers trust, open. */
  readonly root: CaKeystore
  /** PEM of the certificate of the CA and those above it. */
  readonly chain: string
}

/**
 * Has an old root certify a CA that is below a new one: name and key are those of the CA, so a verifier that trusts the old root alone verifies what the CA
 * issues, if that is sent along with this certificate in place of the CA's own. It is valid as long as both. It belongs in no file of trusted CAs beside
 * the CA's own certificate: two of one name stop an OpenVPN server.
 *
 * @returns the certificate; that of an earlier call if there was one
 * @throws {SecretError} `malformed` or `refused` for the chain; `refused` with the reason `same-root` for a root that is above the CA anyway, `path-length` for
 *   a root or CA that does not allow it, `validity`, and as `issueIntermediate`
 *
 * @example
 * ```ts
 * const { certificate } = await crossSign({ root: oldRoot, chain: ca.chain })
 * ```
 */
export async function crossSign({ root, chain }: CrossSigning): Promise<IssuedCertificate> {
  const issuer = issuerOf(root)
  const other = parseCaChain(chain)
  const nowMs = issuer.clock.now()
  checkValidAt(other, nowMs)
  if (other.pathLength > 0 || other.authorities.length === 1) throw isRoot()
  const { publicKey } = issuer.ca
  if (other.authorities.some((authority) => authority.publicKey.equals(publicKey))) throw sameRoot()
  const endMs = Math.min(other.notAfter.getTime(), issuer.ca.notAfter.getTime())
  const validityMs = Math.min(Math.floor((endMs - nowMs) / 1000) * 1000, MAX_CA_VALIDITY_MS)
  const spki = other.publicKey.export({ format: 'der', type: 'spki' })
  const key = parseSubjectKey(readDer(spki, WHAT), WHAT)
  return issueBelow(issuer, { key, subject: other.subject, validityMs })
}

const WHAT = 'the certificate of the CA'

function isRoot(): SecretError {
  const message =
    'the CA to be signed is a root, or may have CAs below it; give the certificate of the issuing CA, and those above it'
  return new SecretError('refused', message, { reason: 'path-length' })
}

function sameRoot(): SecretError {
  const message =
    'the root is above the CA anyway, so its verifiers trust the CA; give the root that came before'
  return new SecretError('refused', message, { reason: 'same-root' })
}
