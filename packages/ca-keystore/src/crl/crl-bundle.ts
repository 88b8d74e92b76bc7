import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { replaceFile } from '@rekey/secret/internal/files'
import { parseCaChain } from '../ca-certificate.ts'
import { type CrlAuthority, decodeCrlPem, readCrl } from './parse-crl.ts'

/** The revocation lists of all CAs that a server trusts, for one file. */
export interface CrlBundle {
  /** Where the bundle is written, 0644: `crl-bundle.pem`. */
  readonly path: string
  /** For each CA that issues, the PEM of its certificate and those above it: `chain` of its keystore. */
  readonly chains: readonly string[]
  /** The current list of each CA in the chains, roots included, in PEM; in any order. */
  readonly crls: readonly string[]
  readonly clock?: Clock
}

/**
 * Publishes the revocation lists of several CAs as one file for OpenVPN's `crl-verify`, in one step. OpenVPN lets every client of a CA
 * without a list connect, and none if a list is expired or not valid yet, so the bundle must have exactly one valid list for each CA.
 * A bundle that is refused leaves the old one in place.
 *
 * @throws {SecretError} `missing` if a CA has no list; `refused` for a list of none of the CAs, a second one of the same CA, one that
 *   is not valid now, or two CAs of one name; `malformed` or `rejected` for a list, see `parseCrl`; `forbidden` or `unreachable` for I/O
 */
export async function publishCrlBundle(bundle: CrlBundle): Promise<void> {
  const { path, chains, crls, clock = systemClock } = bundle
  const waiting = authoritiesOf(chains)
  for (const text of crls) {
    const der = decodeCrlPem(text)
    const index = waiting.findIndex(({ subject }) => der.includes(subject))
    const [authority] = index < 0 ? [] : waiting.splice(index, 1)
    if (authority === undefined)
      throw refused(
        'has a list of none of its CAs, or two lists of one; put the list that each CA published last into its folder as crl.pem',
      )
    const { thisUpdate, nextUpdate } = readCrl(der, authority)
    const nowMs = clock.now()
    if (nowMs < thisUpdate.getTime() || nowMs >= nextUpdate.getTime()) {
      throw refused('has a list that is expired or not valid yet; renew that list')
    }
  }
  if (waiting.length > 0) throw lacking(waiting.length)
  await replaceFile(path, crls.join(''), 0o644)
}

/** The CAs of the chains, each once. */
function authoritiesOf(chains: readonly string[]): CrlAuthority[] {
  const authorities: CrlAuthority[] = []
  for (const authority of chains.flatMap((chain) => parseCaChain(chain).authorities)) {
    const known = authorities.find(({ subject }) => subject.equals(authority.subject))
    if (known === undefined) authorities.push(authority)
    else if (!known.publicKey.equals(authority.publicKey)) {
      throw refused('has two CAs of one name, which stop an OpenVPN server; leave one of them out')
    }
  }
  if (authorities.length === 0) throw refused('has no CA; give the chains of the CAs')
  return authorities
}

function lacking(count: number): SecretError {
  const message = `the bundle of revocation lists lacks the list of ${count} of its CAs, whose revoked clients could connect; add it. The old bundle stays`
  return new SecretError('missing', message, { reason: 'crl-bundle', count })
}

function refused(problem: string): SecretError {
  const message = `the bundle of revocation lists ${problem}. The old bundle stays`
  return new SecretError('refused', message, { reason: 'crl-bundle' })
}
