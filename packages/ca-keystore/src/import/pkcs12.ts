import { createHmac, timingSafeEqual } from 'node:crypto'
import type { DerList, DerNode } from '../der-reader.ts'
import { costly, notOpened, unreadable, unsupported } from './import-errors.ts'
import { decryptPbes, deriveKey, HMACS, readSaltAndCount } from './pbes.ts'
import { derivePkcs12 } from './pkcs12-kdf.ts'
import { readForeignDer } from './read-foreign-der.ts'

/** The contents of a PKCS#12 file. */
interface Pkcs12Contents {
  /** `PrivateKeyInfo` as DER. The caller wipes it. */
  readonly pkcs8: Buffer
  /** DER of each certificate, in the order of the file. */
  readonly certificates: readonly Buffer[]
}

/** RFC 7292 §4.2 and appendix D, RFC 5652 §4 and §8, RFC 2985 §6.1, RFC 9579 §2. */
const OIDS = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  plainKey: '1.2.840.113549.1.12.10.1.1',
  encryptedKey: '1.2.840.113549.1.12.10.1.2',
  certificate: '1.2.840.113549.1.12.10.1.3',
  x509: '1.2.840.113549.1.9.22.1',
  pbmac1: '1.2.840.113549.1.5.14',
}

/** By `DigestInfo.digestAlgorithm` of the MAC: the digest. */
const DIGESTS: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

const MAX_BAGS = 64

/**
 * Reads a PKCS#12 file (RFC 7292) with one encrypted key. Its MAC, of either kind, is verified before anything is decrypted.
 *
 * @throws {SecretError} `rejected` for a wrong passphrase or damage; `refused` for weak encryption or a cost out of bounds; `malformed`
 */
export async function readPkcs12(der: Buffer, passphrase: Buffer): Promise<Pkcs12Contents> {
  const pfx = readForeignDer(der).sequence(2, 3)
  const mac = pfx.items[2]
  const safe = readContent(pfx.at(1), OIDS.data).octets()
  if (pfx.at(0).integer() !== 3n) throw unreadable('is of an unknown version of PKCS#12')
  if (mac === undefined) throw unsupported('has no authentication code')
  await verifyMac(mac.sequence(2, 3), safe, passphrase)
  const opened: Buffer[] = []
  try {
    const bags: DerList[] = []
    for (const content of readForeignDer(safe).sequence(1, MAX_BAGS).items) {
      bags.push(...(await readBags(content, passphrase, opened)))
    }
    return await readContents(bags, passphrase)
  } finally {
    for (const plain of opened) plain.fill(0)
  }
}

async function readContents(bags: readonly DerList[], passphrase: Buffer): Promise<Pkcs12Contents> {
  const ofKind = (kind: string) => bags.filter((bag) => bag.at(0).oid() === kind)
  const [key, ...others] = ofKind(OIDS.encryptedKey)
  const hasPlainKey = ofKind(OIDS.plainKey).length > 0
  if (key === undefined || others.length > 0 || hasPlainKey) {
    throw unreadable('is no PKCS#12 file with one encrypted key')
  }
  const encrypted = valueOf(key).sequence(2, 2)
  return {
    pkcs8: await decryptPbes(encrypted.at(0), encrypted.at(1).octets(), passphrase),
    certificates: ofKind(OIDS.certificate).flatMap(readCertificate),
  }
}

async function verifyMac(mac: DerList, content: Buffer, passphrase: Buffer): Promise<void> {
  const [info, salt, count] = [mac.at(0).sequence(2, 2), mac.at(1).octets(), mac.items[2]]
  const [identifier, stated] = [info.at(0).sequence(1, 2), info.at(1).octets()]
  const kind = identifier.at(0).oid()
  const iterations = count?.integer() ?? 1n
  if (iterations < 1n || iterations > 1_000_000n) throw costly()
  const key =
    kind === OIDS.pbmac1
      ? await derivePbmac1(identifier.at(1), passphrase)
      : deriveMac(DIGESTS[kind], { salt, iterations: Number(iterations) }, passphrase)
  const computed = createHmac(key.digest, key.bytes).update(content).digest()
  key.bytes.fill(0)
  if (stated.length !== computed.length || !timingSafeEqual(stated, computed)) throw notOpened()
}

function deriveMac(
  digest: string | undefined,
  kdf: { salt: Buffer; iterations: number },
  passphrase: Buffer,
) {
  if (digest === undefined) throw unsupported('has an authentication code of an unknown kind')
  const length = Number(digest.slice(3)) === 1 ? 20 : Number(digest.slice(3)) / 8
  return { digest, bytes: derivePkcs12(passphrase, { use: 'mac', length, ...kdf, digest }) }
}

/** RFC 9579 §5: the key is as long as its derivation states. */
async function derivePbmac1(parameters: DerNode, passphrase: Buffer) {
  const [derivation, mac] = parameters.sequence(2, 2).items.map((one) => one.sequence(1, 2))
  const digest = HMACS[mac?.at(0).oid() ?? '']
  const stated = derivation?.at(1).sequence(3, 4)
  const length = stated?.at(2).integer() ?? 0n
  if (digest === undefined || derivation === undefined || stated === undefined) {
    throw unsupported('has an authentication code of an unknown kind')
  }
  readSaltAndCount(stated)
  if (length < 20n || length > 64n) throw costly()
  return { digest, bytes: await deriveKey(derivation, passphrase, Number(length)) }
}

/** @param opened gets what was decrypted, which the bags are views of, to be wiped */
async function readBags(
  content: DerNode,
  passphrase: Buffer,
  opened: Buffer[],
): Promise<readonly DerList[]> {
  const kind = content.sequence(2, 2).at(0).oid()
  const isEncrypted = kind === OIDS.encryptedData
  if (!isEncrypted && kind !== OIDS.data) throw unreadable('has contents of an unknown kind')
  const value = readContent(content, kind)
  if (!isEncrypted) return bagsIn(value.octets())
  const parts = value.sequence(2, 2).at(1).sequence(3, 3)
  const plain = await decryptPbes(parts.at(1), parts.at(2).contextOctets(0), passphrase)
  opened.push(plain)
  return bagsIn(plain)
}

function bagsIn(contents: Buffer): readonly DerList[] {
  return readForeignDer(contents)
    .sequence(0, MAX_BAGS)
    .items.map((bag) => bag.sequence(2, 3))
}

function readContent(node: DerNode, kind: string): DerNode {
  const content = node.sequence(2, 2)
  if (content.at(0).oid() !== kind) throw unreadable('has contents of an unknown kind')
  return valueOf(content)
}

/** The value of `[0] EXPLICIT`. */
function valueOf(parts: DerList): DerNode {
  return parts.at(1).context(0, 1, 1).at(0)
}

function readCertificate(bag: DerList): readonly Buffer[] {
  const parts = valueOf(bag).sequence(2, 2)
  return parts.at(0).oid() === OIDS.x509 ? [Buffer.from(valueOf(parts).octets())] : []
}
