import { SecretError } from '@rekey/secret'
import { type DerNode, readDer } from './der-reader.ts'
import { EXTENSIONS, KEY_USAGE, type ReadExtension, readExtensions } from './extensions.ts'

const WHAT = 'the certificate request'

/** PKCS#9 `extensionRequest` (RFC 2985 §5.4.2) and Microsoft's own; both are read. */
const EXTENSION_REQUESTS: readonly string[] = ['1.2.840.113549.1.9.14', '1.3.6.1.4.1.311.2.1.14']

/** Extensions that a request asks for. Nothing of them is copied: they are compared with those of the profile and the order. */
export interface RequestedExtensions {
  /** OIDs of `extendedKeyUsage`. */
  readonly purposes: readonly string[]
  /** Bits of `KEY_USAGE`, with 0x01 for any that no certificate here has. */
  readonly usage: number
  /** Each `GeneralName` of `subjectAltName` as DER. */
  readonly names: readonly Buffer[]
}

const NOTHING: RequestedExtensions = { purposes: [], usage: 0, names: [] }

type Reader = (node: DerNode) => Partial<RequestedExtensions>

/** Extensions that may be requested without being refused. */
const READERS: Readonly<Record<string, Reader>> = {
  [EXTENSIONS.basicConstraints]: readEndEntity,
  [EXTENSIONS.keyUsage]: readUsage,
  [EXTENSIONS.extendedKeyUsage]: (node) => ({
    purposes: node.sequence(1).items.map((purpose) => purpose.oid()),
  }),
  [EXTENSIONS.subjectAltName]: (node) => ({ names: node.sequence().items.map((n) => n.der()) }),
  [EXTENSIONS.subjectKeyIdentifier]: (node) => {
    node.octets()
    return {}
  },
}

/**
 * Checks the attributes of a request, and reads the extensions that it asks for.
 *
 * @throws {SecretError} `malformed`; `refused` for more than an end entity may have, anything unknown, anything twice
 */
export function readRequestedExtensions(attributes: DerNode): RequestedExtensions {
  const read = attributes.context(0).items.map(readAttribute)
  if (new Set(read.map(({ type }) => type)).size !== read.length) {
    throw refused('an attribute is there twice')
  }
  const requests = read.filter(({ type }) => EXTENSION_REQUESTS.includes(type))
  if (requests.length > 1) throw refused('extensions are requested twice')
  const extensions = requests.flatMap(({ values }) => readExtensions(values.set(1, 1).at(0)))
  return extensions
    .map(readOne)
    .reduce<RequestedExtensions>((all, one) => ({ ...all, ...one }), NOTHING)
}

function readAttribute(node: DerNode): { type: string; values: DerNode } {
  const parts = node.sequence(2, 2)
  return { type: parts.at(0).oid(), values: parts.at(1) }
}

function readOne({ type, value }: ReadExtension): Partial<RequestedExtensions> {
  const read = READERS[type]
  if (read === undefined) throw refused('it asks for an extension that is not known here')
  return read(readDer(value, WHAT))
}

function readEndEntity(node: DerNode): Partial<RequestedExtensions> {
  if (node.sequence(0, 2).items.length > 0) throw refused('it asks to be a CA')
  return {}
}

function readUsage(node: DerNode): Partial<RequestedExtensions> {
  const [usage = 0, more = 0] = node.bits(true)
  if ((usage & (KEY_USAGE.keyCertSign | KEY_USAGE.crlSign)) !== 0) {
    throw refused('it asks for a key that may sign certificates or revocation lists')
  }
  return { usage: usage | Number(more !== 0) }
}

function refused(problem: string): SecretError {
  const message = `${WHAT} is refused: ${problem}; make it again without, the profile decides what the certificate has`
  return new SecretError('refused', message, { reason: 'extension' })
}
