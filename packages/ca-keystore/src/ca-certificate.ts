import { type KeyObject, X509Certificate } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { readDer } from './der-reader.ts'
import { EXTENSIONS, KEY_USAGE, type ReadExtension, readExtensions } from './extensions.ts'
import { encodePem, parsePem } from './pem.ts'
import type { Validity } from './validity.ts'

/** The certificate of a CA, and what is needed of it to issue more. */
export interface CaCertificate extends Validity {
  /** PEM. */
  readonly certificate: string
  /** PEM of the certificate and all above it, up to the root. */
  readonly chain: string
  /** The subject, one line. */
  readonly name: string
  /** `Name` of the subject as DER. */
  readonly subject: Buffer
  readonly keyId: Buffer
  /** How many CAs may follow below. */
  readonly pathLength: number
  readonly publicKey: KeyObject
  /** Itself and all above it. */
  readonly authorities: readonly Authority[]
}

/** Properties that no other certificate may have. */
interface Authority {
  readonly subject: Buffer
  readonly keyId: Buffer
  readonly publicKey: KeyObject
}

const WHAT = 'the CA certificate'
const RULE = { what: 'ca.crt', labels: ['CERTIFICATE'], maxChars: 64 * 1024, maxBlocks: 8 }

/**
 * Reads `ca.crt`: a CA certificate, then its issuer, and so on up to a root that signed itself.
 *
 * @throws {SecretError} `malformed`; `refused` for a certificate that is no CA, or a chain that does not hold
 */
export function parseCaChain(text: string): CaCertificate {
  try {
    return parseChain(text)
  } catch (error) {
    if (error instanceof SecretError) throw error
    // OpenSSL reads less than the DER here has, and its error has no advice.
    throw refused(`${WHAT} has a field that cannot be read`)
  }
}

function parseChain(text: string): CaCertificate {
  const links = parsePem(text, RULE).map(readLink)
  links.forEach((link, depth) => {
    const issuer = links[depth + 1] ?? link
    const isIssued = link.x509.checkIssued(issuer.x509) && link.x509.verify(issuer.x509.publicKey)
    if (!isIssued)
      throw refused('ca.crt is not a chain in which each certificate signed the one before')
    if (link.pathLength < depth) throw refused('a CA in ca.crt may not have so many CAs below it')
  })
  const [own] = links
  if (own === undefined) throw refused('ca.crt is empty')
  const { x509, usage, ...rest } = own
  // OpenSSL refuses its lists, and with them every client.
  if ((usage & KEY_USAGE.crlSign) === 0) throw refused(`${WHAT} may not sign revocation lists`)
  const chain = links.map(({ certificate }) => certificate).join('')
  const authorities = links.map(({ subject, keyId, x509: { publicKey } }) => ({
    subject,
    keyId,
    publicKey,
  }))
  const name = x509.subject.replaceAll('\n', ', ')
  return { ...rest, chain, authorities, publicKey: x509.publicKey, name }
}

function readLink(der: Buffer) {
  const fields = readDer(der, WHAT).sequence(3, 3).at(0).sequence(8, 10)
  const extensions = fields.items.at(-1)?.context(3, 1, 1).at(0)
  if (extensions === undefined) throw refused(`${WHAT} has no extensions`)
  const find = finderIn(readExtensions(extensions))
  const usage = find('keyUsage').bits(true)[0] ?? 0
  if ((usage & KEY_USAGE.keyCertSign) === 0) throw refused(`${WHAT} may not sign certificates`)
  const x509 = new X509Certificate(der)
  if (!x509.ca) throw refused(`${WHAT} is not that of a CA`)
  return {
    x509,
    usage,
    certificate: encodePem('CERTIFICATE', der),
    subject: fields.at(5).der(),
    keyId: find('subjectKeyIdentifier').octets(),
    pathLength: Number(find('basicConstraints').sequence(1, 2).items[1]?.integer() ?? Infinity),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
  }
}

function finderIn(extensions: readonly ReadExtension[]) {
  return (name: 'basicConstraints' | 'keyUsage' | 'subjectKeyIdentifier') => {
    const found = extensions.find(({ type }) => type === EXTENSIONS[name])
    if (found === undefined) throw refused(`${WHAT} has no ${name}`)
    return readDer(found.value, WHAT)
  }
}

function refused(problem: string): SecretError {
  const message = `${problem}; restore ca.crt from a backup, or make a new CA`
  return new SecretError('refused', message, { reason: 'ca-certificate' })
}
