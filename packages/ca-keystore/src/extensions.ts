import { createHash } from 'node:crypto'
import { bits, implicit, integer, octets, oid, sequence, yes } from './der.ts'
import type { DerNode } from './der-reader.ts'

/** The extensions that are ever written or asked for (RFC 5280 §4.2.1, §5.2). */
export const EXTENSIONS = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const

/** Written once: each certificate has five of them. */
const TYPES = new Map(Object.entries(EXTENSIONS).map(([name, dotted]) => [name, oid(dotted)]))

/** `id-kp-clientAuth` and `id-kp-serverAuth` (RFC 5280 §4.2.1.12). */
export const PURPOSES = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' } as const

/** Bits of `KeyUsage` as they lie in its first byte (RFC 5280 §4.2.1.3). */
export const KEY_USAGE = {
  digitalSignature: 0x80,
  keyEncipherment: 0x20,
  keyCertSign: 0x04,
  crlSign: 0x02,
} as const

type ExtensionName = keyof typeof EXTENSIONS

/** `Extension`, critical or not. */
export function extension(name: ExtensionName, value: Buffer, critical = false): Buffer {
  const content = octets(value)
  const type = TYPES.get(name) ?? oid(EXTENSIONS[name])
  return critical ? sequence(type, yes(), content) : sequence(type, content)
}

/** `BasicConstraints` of an end entity. */
export function endEntity(): Buffer {
  return extension('basicConstraints', sequence(), true)
}

/** `BasicConstraints` of a CA that may have `pathLength` CAs below it. */
export function authority(pathLength: number): Buffer {
  return extension('basicConstraints', sequence(yes(), integer(pathLength)), true)
}

/** `KeyUsage` with the given bits set; DER cuts trailing zero bits. */
export function keyUsage(...usages: number[]): Buffer {
  const byte = usages.reduce((sum, usage) => sum | usage, 0)
  const unused = Math.log2(byte & -byte)
  return extension('keyUsage', bits(Buffer.from([byte]), unused), true)
}

/** `ExtKeyUsageSyntax`. */
export function extendedKeyUsage(...purposes: string[]): Buffer {
  return extension('extendedKeyUsage', sequence(...purposes.map(oid)))
}

/** `SubjectKeyIdentifier`. */
export function subjectKeyIdentifier(keyId: Buffer): Buffer {
  return extension('subjectKeyIdentifier', octets(keyId))
}

/** `AuthorityKeyIdentifier` with the key id alone: issuer and serial would tie it to one certificate of the CA. */
export function authorityKeyIdentifier(keyId: Buffer): Buffer {
  return extension('authorityKeyIdentifier', sequence(implicit(0, keyId)))
}

/** RFC 7093 §2 method 1: the left 160 bits of SHA-256 over the public key bits. */
export function subjectKeyIdOf(publicKeyBits: Buffer): Buffer {
  return createHash('sha256').update(publicKeyBits).digest().subarray(0, 20)
}

/** One extension that was read. */
export interface ReadExtension {
  readonly type: string
  readonly critical: boolean
  /** The DER inside. */
  readonly value: Buffer
}

/** Reads `Extensions`. @throws {SecretError} `malformed`, also for one that is there twice */
export function readExtensions(node: DerNode): readonly ReadExtension[] {
  const read = node.sequence(1).items.map(readExtension)
  if (new Set(read.map(({ type }) => type)).size !== read.length) return node.malformed()
  return read
}

function readExtension(node: DerNode): ReadExtension {
  const parts = node.sequence(2, 3)
  const hasFlag = parts.items.length === 3
  if (hasFlag && !parts.at(1).boolean()) return node.malformed()
  return {
    type: parts.at(0).oid(),
    critical: hasFlag,
    value: parts.at(hasFlag ? 2 : 1).octets(),
  }
}
