import { SecretError } from '@rekey/secret'
import { DerCursor } from './crl/crl-der.ts'
import { implicit, sequence, TAG } from './der.ts'
import { subjectKeyIdOf } from './extensions.ts'
import type { Validity } from './validity.ts'

/** The CA that a certificate is to be of. */
export interface LintIssuer extends Partial<Pick<Validity, 'notAfter'>> {
  /** `Name` as DER. */
  readonly subject: Buffer
  /** Absent for a certificate that signs itself. */
  readonly keyId?: Buffer
}

/** The certificate that is expected. */
export interface LintExpectation {
  readonly kind: 'end-entity' | 'authority'
  readonly issuer: LintIssuer
  /** `AlgorithmIdentifier` of the signature to be made, as DER. */
  readonly identifier: Buffer
  /** `SubjectPublicKeyInfo` of the request, as DER. */
  readonly spki: Buffer
}

/** `[0] EXPLICIT INTEGER 2`: version 3. */
const VERSION_3 = 'a003020102'
const EXTENSIONS_TAG = 0xa3
const SERIAL_BYTES = 20
/** OIDs by their DER, so that nothing here is read by what wrote it. */
const OIDS: Readonly<Record<string, keyof Extensions>> = {
  '551d13': 'constraints',
  '551d0f': 'usage',
  '551d25': 'purposes',
  '551d0e': 'keyId',
  '551d23': 'issuerKeyId',
  '551d11': 'names',
}
const CRITICAL = '0101ff'
const PURPOSES = ['06082b06010505070302', '06082b06010505070301']
/** `digitalSignature`, alone or with `keyEncipherment`; `keyCertSign` and `cRLSign`. */
const LEAF_USAGES = ['03020780', '030205a0']
const CA_USAGE = '03020106'

interface ReadExtension {
  readonly isCritical: boolean
  /** The DER inside. */
  readonly value: Buffer
}

interface Extensions {
  readonly constraints?: ReadExtension
  readonly usage?: ReadExtension
  readonly purposes?: ReadExtension
  readonly keyId?: ReadExtension
  readonly issuerKeyId?: ReadExtension
  readonly names?: ReadExtension
}

/**
 * Reads a certificate that is about to be signed, by other code than wrote it, and refuses it unless it is one that this software means to
 * issue: a fault, or an edit on the way to the signature, is found before there is a signature to be misused. The rules are those of RFC 5280
 * §4.1 and §4.2 for the profiles here: form of serial and times, issuer, algorithm, no end after that of the issuer, the extensions of the
 * kind and no others, each critical or not as it must be, key identifiers that fit.
 *
 * @throws {SecretError} `rejected` with the reason `lint` and the `rule` that failed
 */
export function lintCertificate(tbs: Buffer, expected: LintExpectation): void {
  const failed = findFailure(tbs, expected)
  if (failed === undefined) return
  throw new SecretError(
    'rejected',
    `the certificate to be signed breaks the rule "${failed}", and was not signed; report this as a fault of the software, and check the hardware`,
    { reason: 'lint', rule: failed },
  )
}

function findFailure(tbs: Buffer, expected: LintExpectation): string | undefined {
  try {
    return rulesFor(tbs, expected).find(([, holds]) => !holds)?.[0]
  } catch {
    return 'strict DER'
  }
}

type Rule = readonly [name: string, holds: boolean]

function rulesFor(tbs: Buffer, expected: LintExpectation): readonly Rule[] {
  const { kind, issuer, identifier } = expected
  const top = new DerCursor(tbs)
  const fields = top.enter(TAG.sequence)
  top.end()
  const version = fields.takeWhole(TAG.extensions).toString('hex')
  const serial = fields.take(TAG.integer)
  const algorithm = fields.takeWhole(TAG.sequence)
  const issuerName = fields.takeWhole(TAG.sequence)
  const times = fields.enter(TAG.sequence)
  const [notBefore, notAfter] = [times.takeTime(), times.takeTime()]
  times.end()
  const subject = fields.takeWhole(TAG.sequence)
  const spki = fields.takeWhole(TAG.sequence)
  const extensions = readAll(fields.enter(EXTENSIONS_TAG))
  fields.end()
  const limit = issuer.notAfter ?? notAfter
  return [
    ['version 3', version === VERSION_3],
    ['a serial of 20 octets', serial.length === SERIAL_BYTES && (serial[0] ?? 0) >> 6 === 1],
    ['the algorithm of the issuer', algorithm.equals(identifier)],
    ['the name of the issuer', issuerName.equals(issuer.subject)],
    ['a validity within that of the issuer', notBefore < notAfter && notAfter <= limit],
    ['a subject of its own', subject.length > 2 && subject.equals(issuerName) === !issuer.keyId],
    ...(kind === 'authority' ? authorityRules(extensions) : leafRules(extensions)),
    ['the key of the request', spki.equals(expected.spki)],
    ...keyRules(extensions, keyIdIn(spki), issuer),
  ]
}

function leafRules({ constraints, usage, purposes, names }: Extensions): readonly Rule[] {
  return [
    ['no CA', is(constraints, true, '3000')],
    ['the key usage of an end entity', LEAF_USAGES.some((hex) => is(usage, true, hex))],
    ['purposes of clients and servers', hasPurposes(purposes)],
    ['alternative names', names?.isCritical === false && (names.value[1] ?? 0) > 0],
  ]
}

function authorityRules({ constraints, usage, purposes, names }: Extensions): readonly Rule[] {
  const hasPathLength = constraints?.value.toString('hex').startsWith('30060101ff0201') === true
  return [
    ['a CA with a path length', constraints?.isCritical === true && hasPathLength],
    ['the key usage of a CA', is(usage, true, CA_USAGE)],
    ['purposes of clients and servers', purposes === undefined || hasPurposes(purposes)],
    ['no alternative names', names === undefined],
  ]
}

function keyRules(extensions: Extensions, keyId: Buffer, issuer: LintIssuer): readonly Rule[] {
  const { keyId: own, issuerKeyId: above } = extensions
  const expected = issuer.keyId && sequence(implicit(0, issuer.keyId)).toString('hex')
  const fits = expected === undefined ? above === undefined : is(above, false, expected)
  return [
    ['the identifier of its key', is(own, false, `0414${keyId.toString('hex')}`)],
    ['the key identifier of the issuer', fits],
  ]
}

function keyIdIn(spki: Buffer): Buffer {
  const parts = new DerCursor(spki).enter(TAG.sequence)
  parts.take(TAG.sequence)
  return subjectKeyIdOf(parts.take(TAG.bits).subarray(1))
}

function hasPurposes(extension: ReadExtension | undefined): boolean {
  if (extension?.isCritical !== false) return false
  const list = new DerCursor(extension.value).enter(TAG.sequence)
  const found: string[] = []
  while (!list.isDone) found.push(list.takeWhole(TAG.oid).toString('hex'))
  return found.length > 0 && found.every((one) => PURPOSES.includes(one))
}

function is(extension: ReadExtension | undefined, isCritical: boolean, hex: string): boolean {
  return extension?.isCritical === isCritical && extension.value.toString('hex') === hex
}

/** Throws for an extension that is unknown or there twice. */
function readAll(explicit: DerCursor): Extensions {
  const list = explicit.enter(TAG.sequence)
  explicit.end()
  const read: Record<string, ReadExtension> = {}
  while (!list.isDone) {
    const parts = list.enter(TAG.sequence)
    const name = OIDS[parts.take(TAG.oid).toString('hex')]
    if (name === undefined || read[name] !== undefined) throw new TypeError('another extension')
    const isCritical = parts.isNext(TAG.boolean)
    if (isCritical && parts.takeWhole(TAG.boolean).toString('hex') !== CRITICAL) {
      throw new TypeError('another boolean')
    }
    read[name] = { isCritical, value: parts.take(TAG.octets) }
    parts.end()
  }
  return read
}
