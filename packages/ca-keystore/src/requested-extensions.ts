import { SecretError } from '@rekey/secret'
import { type DerNode, readDer } from './der-reader.ts'
import { EXTENSIONS, KEY_USAGE, type ReadExtension, readExtensions } from './extensions.ts'

const WHAT = 'the certificate request'

/** PKCS#9 `extensionRequest` (RFC 2985 §5.4.2) and Microsoft's own; both are read. */
const EXTENSION_REQUESTS: readonly string[] = ['1.2.840.113549.1.9.14', '1.3.6.1.4.1.311.2.1.14']

/** Extensions that may be requested without being refused. Nothing that is requested is ever copied. */
const READERS: Readonly<Record<string, (node: DerNode) => void>> = {
  [EXTENSIONS.basicConstraints]: refuseAuthority,
  [EXTENSIONS.keyUsage]: refuseSigningUsage,
  [EXTENSIONS.extendedKeyUsage]: (node) => void node.sequence(1),
  [EXTENSIONS.subjectAltName]: (node) => void node.sequence(),
  [EXTENSIONS.subjectKeyIdentifier]: (node) => void node.octets(),
}

/**
 * Checks the attributes of a request, and gives the purposes (OIDs of `extendedKeyUsage`) that it asks for.
 *
 * @throws {SecretError} `malformed`; `refused` for more than an end entity may have, anything unknown, anything twice
 */
export function readRequestedPurposes(attributes: DerNode): readonly string[] {
  const read = attributes.context(0).items.map(readAttribute)
  if (new Set(read.map(({ type }) => type)).size !== read.length) {
    throw refused('an attribute is there twice')
  }
  const requests = read.filter(({ type }) => EXTENSION_REQUESTS.includes(type))
  if (requests.length > 1) throw refused('extensions are requested twice')
  const extensions = requests.flatMap(({ values }) => readExtensions(values.set(1, 1).at(0)))
  return extensions.flatMap(checkExtension)
}

function readAttribute(node: DerNode): { type: string; values: DerNode } {
  const parts = node.sequence(2, 2)
  return { type: parts.at(0).oid(), values: parts.at(1) }
}

function checkExtension({ type, value }: ReadExtension): readonly string[] {
  const read = READERS[type]
  if (read === undefined) throw refused('it asks for an extension that is not known here')
  const node = readDer(value, WHAT)
  read(node)
  if (type !== EXTENSIONS.extendedKeyUsage) return []
  return node.sequence().items.map((purpose) => purpose.oid())
}

function refuseAuthority(node: DerNode): void {
  if (node.sequence(0, 2).items.length > 0) throw refused('it asks to be a CA')
}

function refuseSigningUsage(node: DerNode): void {
  const usage = node.bits(true)[0] ?? 0
  if ((usage & (KEY_USAGE.keyCertSign | KEY_USAGE.crlSign)) !== 0) {
    throw refused('it asks for a key that may sign certificates or revocation lists')
  }
}

function refused(problem: string): SecretError {
  const message = `${WHAT} is refused: ${problem}; make it again without, the profile decides what the certificate has`
  return new SecretError('refused', message, { reason: 'extension' })
}
