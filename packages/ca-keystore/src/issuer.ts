import { type Clock, SecretError } from '@rekey/secret'
import type { CaCertificate } from './ca-certificate.ts'
import { type IssuedCertificate, type SerialRecord, signCertificate } from './certificate.ts'
import { checkClock, fromProvenTime } from './clock-guard.ts'
import { type DerNode, readDer } from './der-reader.ts'
import { encodeName, type Subject } from './distinguished-name.ts'
import type { KeyIdentity } from './envelope/index.ts'
import {
  authority,
  authorityKeyIdentifier,
  endEntity,
  extendedKeyUsage,
  extension,
  KEY_USAGE,
  subjectKeyIdOf,
  keyUsage,
  PURPOSES,
  subjectKeyIdentifier,
} from './extensions.ts'
import { issueOnce } from './issued-authorities.ts'
import { publicKeyDigest } from './key-digest.ts'
import type { KeyJudge } from './key-judge.ts'
import { parseSigningRequest, type SigningRequest } from './parse-signing-request.ts'
import type { IssuanceJournal } from './record/issuance-journal.ts'
import type { RepeatedOrders } from './repeated-orders.ts'
import type { RequestedExtensions } from './requested-extensions.ts'
import type { Signer } from './signer.ts'
import { encodeAltNames, type SubjectAltName } from './subject-alt-names.ts'
import type { SubjectKey } from './subject-key.ts'
import { DAY_MS, validityFrom } from './validity.ts'

/** A CA that can sign. */
export interface Issuer {
  readonly ca: CaCertificate
  /** From the envelope of the key or the reference to it: its policy bounds what is signed. */
  readonly identity: KeyIdentity
  readonly signer: Signer
  readonly clock: Clock
  /** Of the keystore, absolute. */
  readonly directory: string
}

/** The state of an open keystore between two certificates. */
export interface IssuingParts {
  readonly journal: IssuanceJournal
  readonly judge: KeyJudge
  readonly repeated: RepeatedOrders
  readonly lists: {
    /** Whether a key was revoked as compromised, by the SHA-256 of its `SubjectPublicKeyInfo`. */
    isCompromised(spki: string): Promise<boolean>
  }
}

/** A certificate that is wanted. */
export interface CertificateOrder {
  /** PKCS#10 in PEM, from the requester of the certificate; only its key is used, and it may ask for no more than it gets. */
  readonly csr: string
  readonly profile: Profile
  /** The authenticated identity. */
  readonly subject: Subject
  /** At least one: verifiers other than OpenSSL refuse certificates without. */
  readonly subjectAltNames: readonly SubjectAltName[]
  /** From now on; at most 398 days for a client or a service, 825 for a server, and never past the end of the CA. */
  readonly validityMs: number
  /**
   * Gives the certificate that the same order had within a day, and within a tenth of its validity, unless it was revoked: for a caller whose answer may
   * be lost. Default: each order is a new certificate.
   */
  readonly isRepeatable?: boolean
}

/**
 * The subject of a certificate: `client`, a person; `server`, a host that only answers; `service`, which calls and answers with one
 * key pair, and is named by hosts alone. No profile covers persons and services.
 */
export type Profile = 'client' | 'server' | 'service'

/** An intermediate CA that is wanted. */
export interface IntermediateOrder {
  readonly csr: string
  /** Must differ from every other CA, other generations of the same one included. */
  readonly subject: Subject
  readonly validityMs: number
}

interface ProfileEntry {
  readonly purposes: readonly string[]
  readonly maxValidityMs: number
  readonly usages: (key: SubjectKey) => number[]
  /** Default: any. */
  readonly mayBeNamed?: (names: readonly SubjectAltName[]) => boolean
}

function serverUsages({ type }: SubjectKey): number[] {
  return type === 'rsa'
    ? [KEY_USAGE.digitalSignature, KEY_USAGE.keyEncipherment]
    : [KEY_USAGE.digitalSignature]
}

const PROFILES: Readonly<Record<Profile, ProfileEntry>> = {
  client: {
    purposes: [PURPOSES.client],
    maxValidityMs: 398 * DAY_MS,
    usages: () => [KEY_USAGE.digitalSignature],
  },
  server: {
    purposes: [PURPOSES.server],
    maxValidityMs: 825 * DAY_MS,
    usages: serverUsages,
    mayBeNamed: (names) => names.every(({ kind }) => kind === 'dns' || kind === 'ip'),
  },
  service: {
    purposes: [PURPOSES.server, PURPOSES.client],
    maxValidityMs: 398 * DAY_MS,
    usages: serverUsages,
    mayBeNamed: (names) =>
      names.some(({ kind }) => kind === 'dns') &&
      names.every(({ kind }) => kind === 'dns' || kind === 'ip'),
  },
}

/** The longest an intermediate CA may live. */
export const MAX_CA_VALIDITY_MS = 3653 * DAY_MS

/** Every profile. */
export const PROFILE_NAMES: readonly Profile[] = ['client', 'server', 'service']

/** The longest validity of a certificate of one of the profiles, in days. */
export const LONGEST_DAYS =
  Math.max(...Object.values(PROFILES).map(({ maxValidityMs }) => maxValidityMs)) / DAY_MS

/** Fields of a certificate of a CA, independent of the signer. */
export function authorityExtensions(key: Pick<SubjectKey, 'bits'>, pathLength: number): Buffer[] {
  return [
    authority(pathLength),
    keyUsage(KEY_USAGE.keyCertSign, KEY_USAGE.crlSign),
    subjectKeyIdentifier(subjectKeyIdOf(key.bits)),
  ]
}

/**
 * Issues the certificate of an end entity. Subject, names and extensions come from order and profile alone; a request that asks for others
 * is refused. Its serial is in the journal before it is signed.
 *
 * @throws {SecretError} what `parseSigningRequest` throws; `refused` for a subject, names, purpose or validity, or for a
 *   key or subject of a CA of the chain; errors of the journal
 */
export async function issueEndEntity(
  issuer: Issuer,
  order: CertificateOrder,
  parts: IssuingParts,
): Promise<IssuedCertificate> {
  const { key, requested } = parseOthersRequest(issuer, order.csr)
  checkPolicy(issuer, order)
  const { purposes, maxValidityMs, usages, mayBeNamed } = PROFILES[order.profile]
  if (mayBeNamed?.(order.subjectAltNames) === false) throw wrongNames(order.profile)
  const subject = checkedSubject(issuer, encodeName(order.subject))
  const names = encodeAltNames(order.subjectAltNames)
  const wanted = validityFrom(issuer.clock.now(), order.validityMs, maxValidityMs, issuer.ca)
  const validity = await fromProvenTime(issuer, wanted)
  const granted = { purposes, usages: usages(key), names: readDer(names, 'the names') }
  checkGranted(requested, granted, order.profile)
  const extensions = [
    endEntity(),
    keyUsage(...granted.usages),
    extendedKeyUsage(...purposes),
    subjectKeyIdentifier(subjectKeyIdOf(key.bits)),
    authorityKeyIdentifier(issuer.ca.keyId),
    extension('subjectAltName', names),
  ]
  const content = { kind: 'end-entity', ...validity, subject, spki: key.spki, extensions } as const
  await checkKey(key, parts)
  await checkClock(issuer)
  const issue = async () => {
    const record = recordIn(parts.journal, order, issuer.clock)
    const issued = await signCertificate(content, issuer.ca, issuer.signer, record)
    parts.judge.certified(key)
    return issued
  }
  return order.isRepeatable === true
    ? parts.repeated.once(content, order.validityMs, issue)
    : issue()
}

function recordIn(
  journal: IssuanceJournal,
  { subject, profile }: CertificateOrder,
  clock: Clock,
): SerialRecord {
  return {
    reserve: (serial) =>
      journal.reserve({ serial, subject: subject.commonName, profile, at: new Date(clock.now()) }),
    signed: ({ serial, certificate }) => journal.signed(serial, certificate),
    failed: (serial) => journal.voided(serial),
  }
}

/**
 * Issues the certificate of a CA below this one, for clients and servers, and keeps it in the keystore. For a key and a subject that have one, it
 * is that one, whatever validity is ordered.
 *
 * @throws {SecretError} what `parseSigningRequest` throws; `refused` if this CA may not have CAs below it, or for a key or
 *   subject of a CA of the chain; `conflict` if another key has a CA of that subject: two CAs of one name stop an OpenVPN server
 */
export async function issueAuthority(
  issuer: Issuer,
  order: IntermediateOrder,
  parts: Pick<IssuingParts, 'judge' | 'lists'>,
): Promise<IssuedCertificate> {
  const { csr, subject, validityMs } = order
  if (issuer.ca.pathLength < 1) throw noCaBelow()
  const { key } = parseOthersRequest(issuer, csr)
  await checkKey(key, parts)
  return issueBelow(issuer, { key, subject: encodeName(subject), validityMs })
}

/** A CA that is wanted below another one. */
interface AuthorityBelow {
  readonly key: SubjectKey
  /** `Name` as DER. */
  readonly subject: Buffer
  readonly validityMs: number
}

/** Does what {@link issueAuthority} does, for a key whose holder is known otherwise. */
export async function issueBelow(
  issuer: Issuer,
  { key, subject: wanted, validityMs }: AuthorityBelow,
): Promise<IssuedCertificate> {
  if (issuer.ca.pathLength < 1) throw noCaBelow()
  const subject = checkedSubject(issuer, wanted)
  const validity = validityFrom(issuer.clock.now(), validityMs, MAX_CA_VALIDITY_MS, issuer.ca)
  const extensions = [
    ...authorityExtensions(key, 0),
    extendedKeyUsage(PURPOSES.client, PURPOSES.server),
    authorityKeyIdentifier(issuer.ca.keyId),
  ]
  const content = { kind: 'authority', ...validity, subject, spki: key.spki, extensions } as const
  return issueOnce(issuer.directory, content, () =>
    signCertificate(content, issuer.ca, issuer.signer),
  )
}

async function checkKey(
  key: SubjectKey,
  { judge, lists }: Pick<IssuingParts, 'judge' | 'lists'>,
): Promise<void> {
  await judge.check(key)
  if (await lists.isCompromised(publicKeyDigest(key.publicKey))) throw compromisedKey()
}

function checkPolicy({ identity: { policy } }: Issuer, order: CertificateOrder): void {
  if (!policy.profiles.includes(order.profile)) throw againstPolicy(`a "${order.profile}"`)
  if (order.validityMs > policy.days * DAY_MS) throw againstPolicy(`more than ${policy.days} days`)
}

/** A subject that no CA of the chain has. */
function checkedSubject({ ca }: Issuer, subject: Buffer): Buffer {
  if (ca.authorities.some((authority) => authority.subject.equals(subject))) throw sameName()
  return subject
}

/** A request over a key that no CA of the chain has. */
function parseOthersRequest({ ca }: Issuer, csr: string): SigningRequest {
  const request = parseSigningRequest(csr)
  const isOwn = ca.authorities.some(({ publicKey }) => publicKey.equals(request.key.publicKey))
  if (isOwn) throw ownKey()
  return request
}

/** Refuses a request that asks for what it will not get: its sender expects another certificate. */
function checkGranted(
  requested: RequestedExtensions,
  granted: { purposes: readonly string[]; usages: readonly number[]; names: DerNode },
  profile: Profile,
): void {
  if (requested.purposes.some((one) => !granted.purposes.includes(one))) throw wrongPurpose(profile)
  const usage = granted.usages.reduce((sum, one) => sum | one, 0)
  if ((requested.usage & ~usage) !== 0) throw wrongUsage(profile)
  const names = granted.names.sequence().items.map((name) => name.der())
  if (requested.names.some((one) => !names.some((name) => name.equals(one)))) throw otherNames()
}

function wrongPurpose(profile: Profile): SecretError {
  const message = `the certificate request asks for another purpose than "${profile}"; make it again without a purpose`
  return new SecretError('refused', message, { reason: 'extension' })
}

function wrongUsage(profile: Profile): SecretError {
  const message = `the certificate request asks for another key usage than that of "${profile}"; make it again without a key usage`
  return new SecretError('refused', message, { reason: 'extension' })
}

function otherNames(): SecretError {
  const message =
    'the certificate request asks for an alternative name that its sender does not get; make it again without alternative names'
  return new SecretError('refused', message, { reason: 'subject-alt-name' })
}

function wrongNames(profile: Profile): SecretError {
  const message = `a certificate of the profile "${profile}" has hosts and addresses as names, a service at least one host; correct the names`
  return new SecretError('refused', message, { reason: 'subject-alt-name' })
}

function againstPolicy(what: string): SecretError {
  const message = `the policy of the CA key does not allow certificates for ${what}; use the keystore of another CA`
  return new SecretError('refused', message, { reason: 'policy' })
}

function noCaBelow(): SecretError {
  const message = 'this CA may not have CAs below it; use the keystore of the root'
  return new SecretError('refused', message, { reason: 'path-length' })
}

function sameName(): SecretError {
  const message = 'a CA of the chain has that name already; give another common name'
  return new SecretError('refused', message, { reason: 'subject' })
}

function compromisedKey(): SecretError {
  const message =
    'a certificate of the same key was revoked as compromised, and its key is never certified again; make a new key'
  return new SecretError('refused', message, { reason: 'compromised-key' })
}

function ownKey(): SecretError {
  const message =
    'the certificate request is made with the key of a CA of the chain; make a new key, and find out who has that of the CA'
  return new SecretError('refused', message, { reason: 'ca-key' })
}
