import type { KeyObject, X509Certificate } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { readCertificate } from './parse-certificates.ts'

/** `id-kp-serverAuth` (RFC 5280 §4.2.1.12). */
const SERVER_PURPOSE = '1.3.6.1.5.5.7.3.1'

/** A certificate may begin this much later than the local time, in milliseconds. Its end is the end. */
const MAX_SKEW_MS = 60_000

/** The certificates of a server, the leaf apart from those above it. */
export interface ServerChain {
  readonly leaf: X509Certificate
  readonly above: readonly X509Certificate[]
}

/**
 * Reads certificates that must be in the order in which TLS sends them (RFC 8446 §4.4.2): each is signed by the next.
 *
 * @throws {SecretError} `malformed` for one that cannot be read, or another order
 */
export function readChain(pems: readonly string[]): ServerChain {
  const [leaf, ...above] = pems.map(readCertificate)
  if (leaf === undefined) throw malformed('it has no certificate: put the chain after the key')
  let below = leaf
  for (const issuer of above) {
    const isIssuer = issuer.ca && below.checkIssued(issuer) && below.verify(issuer.publicKey)
    if (!isIssuer) throw malformed('its certificates are no chain: leaf first, then its issuer')
    below = issuer
  }
  return { leaf, above }
}

interface LeafRule {
  readonly reason: string
  readonly fault: string
  readonly isBroken: (leaf: X509Certificate, key: KeyObject) => boolean
}

const LEAF_RULES: readonly LeafRule[] = [
  {
    reason: 'pair',
    fault: 'the private key is not that of the first certificate: store both of one issue',
    isBroken: (leaf, key) => !leaf.checkPrivateKey(key),
  },
  {
    reason: 'authority',
    fault: 'the first certificate is that of a CA: put the certificate of the server first',
    isBroken: (leaf) => leaf.ca,
  },
  {
    reason: 'purpose',
    fault: 'the certificate is not for servers: issue one with the purpose serverAuth',
    // Node.js calls the extended usages so.
    isBroken: ({ keyUsage }) =>
      !(keyUsage as readonly string[] | undefined)?.includes(SERVER_PURPOSE),
  },
  {
    reason: 'names',
    fault: 'the certificate has no alternative name: issue one for the names that clients call',
    isBroken: ({ subjectAltName = '' }) => !/(?:^|, )(?:DNS|IP Address):/.test(subjectAltName),
  },
]

/** Checks that `leaf` can stand for a server that has `key`. @throws {SecretError} `refused` with a reason */
export function checkLeaf(leaf: X509Certificate, key: KeyObject): void {
  const broken = LEAF_RULES.find(({ isBroken }) => isBroken(leaf, key))
  if (broken === undefined) return
  throw new SecretError('refused', broken.fault, { reason: broken.reason })
}

/** Checks that every certificate is valid at `nowMs`. @throws {SecretError} `refused` with the reason `validity` */
export function checkValidity({ leaf, above }: ServerChain, nowMs: number): void {
  for (const certificate of [leaf, ...above]) {
    const which = certificate === leaf ? 'the certificate' : 'a CA certificate of the chain'
    if (nowMs >= Date.parse(certificate.validTo)) {
      throw outOfTime(`${which} has expired: issue the next one`)
    }
    if (nowMs + MAX_SKEW_MS < Date.parse(certificate.validFrom)) {
      throw outOfTime(`${which} is not valid yet: check the clocks here and of its issuer`)
    }
  }
}

function malformed(problem: string): SecretError {
  return new SecretError('malformed', problem, { reason: 'chain' })
}

function outOfTime(problem: string): SecretError {
  return new SecretError('refused', problem, { reason: 'validity' })
}
