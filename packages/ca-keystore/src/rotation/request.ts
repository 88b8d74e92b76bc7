import { X509Certificate } from 'node:crypto'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { ALGORITHMS, type KeyAlgorithm } from '../algorithms.ts'
import { recordLife } from '../biography.ts'
import { signRequest } from '../create-signing-request.ts'
import type { Subject } from '../distinguished-name.ts'
import { type KeyIdentity, parseEnvelope } from '../envelope/index.ts'
import { PROFILE_NAMES } from '../issuer.ts'
import { publicKeyDigest } from '../key-digest.ts'
import { FILES, otherKey, readKeystoreFile, unlockFailed } from '../keystore-files.ts'
import { createDirectoryOfFiles } from '../new-directory.ts'
import { keyFrom } from '../open-ca-keystore.ts'
import type { SecretText } from '../passphrase.ts'
import { checkNewPassphrase } from '../passphrase-strength.ts'
import { createKeySigner, type Signer } from '../signer.ts'
import { unlockKey } from '../unlock-key.ts'
import { sealKey } from '../write-keystore.ts'
import {
  certificateIn,
  type Generation,
  Generations,
  identityIn,
  recordStep,
  stepOf,
  type StepOptions,
  writeGenerations,
} from './generations.ts'

/** The next key of a CA. */
export interface NextKey extends StepOptions {
  /** Of the next key. That of today works for both, so that the store of the service need not change. */
  readonly passphrase: SecretText
  /** Default `ecdsa-p256`. */
  readonly algorithm?: KeyAlgorithm
  /** Its number, above all before; default the next one. Give another if the root has issued a CA of that name already. */
  readonly generation?: number
}

/** A request for an offline root, which signs the key in `csr` under the name `subject`. */
export interface GenerationRequest {
  readonly generation: Generation
  /** The name that the certificate must have. */
  readonly subject: Subject
  /** PKCS#10 in PEM; not secret. */
  readonly csr: string
}

/**
 * Makes the next key of a CA, in a folder of the keystore, and the request for its certificate. The root signs that on another machine, days later
 * if need be (`issueIntermediate`); `installGeneration` takes the certificate. The request is bound to the generation by its key and name.
 *
 * @returns the request; of a key that is requested already, a new request for the same key and name
 * @throws {SecretError} `refused` with the reason `in-progress` if a generation is prepared or published, or `generation` for a number that is taken;
 *   `rejected` for a passphrase that does not open a key that is requested already; `malformed` for one of a new key; `unreachable` for I/O
 *
 * @example
 * ```ts
 * const { csr, subject } = await requestGeneration({ directory, passphrase })
 * ```
 */
export function requestGeneration(options: NextKey): Promise<GenerationRequest> {
  return stepOf(options.directory, async (generations) => {
    return (await requestNext(generations, options)).request
  })
}

/** Does what {@link requestGeneration} does, within a step. @returns all generations, too */
export async function requestNext(
  generations: Generations,
  options: NextKey,
): Promise<{ readonly all: Generations; readonly request: GenerationRequest }> {
  if (generations.in('prepared', 'published').length > 0) throw inProgress()
  const { passphrase, clock = systemClock } = options
  const [begun] = generations.in('requested')
  if (begun !== undefined) {
    const signer = await openKey(generations.placeOf(begun), passphrase, clock)
    return requestOf(generations, begun, signer)
  }
  const last = Math.max(...generations.all.map((one) => one.generation))
  const { generation = last + 1 } = options
  if (!Number.isInteger(generation) || generation <= last) throw isTaken(last)
  const place = generations.placeOf({ generation })
  // A call that was killed may have made it.
  const made = await openKey(place, passphrase, clock).catch(ifMissing)
  const signer = made ?? (await makeKey(generations, generation, options))
  const { spki } = await identityIn(place)
  const since = new Date(clock.now())
  const one: Generation = { generation, spki, state: 'requested', since }
  const all = new Generations(generations.directory, [...generations.all, one])
  await recordStep(all, { action: 'rotate-request', details: { next: generation } })
  await writeGenerations(all)
  return requestOf(all, one, signer)
}

async function requestOf(all: Generations, generation: Generation, signer: Signer) {
  const subject = await subjectOf(all, generation)
  const csr = await signRequest(signer, subject)
  return { all, request: { generation, subject, csr } }
}

/** The name of a generation: that of the CA with its number, since two CAs of one name stop an OpenVPN server. */
export async function subjectOf(
  generations: Generations,
  { generation }: Pick<Generation, 'generation'>,
): Promise<Subject> {
  const { certificate } = await certificateIn(generations.placeOf(generations.active))
  const { commonName, organization } = namesIn(certificate)
  const named = { commonName: `${commonName.replace(/ G\d+$/, '')} G${generation}` }
  return organization === undefined ? named : { ...named, organization }
}

/** The names of a certificate that {@link subjectOf} gives. */
export function namesIn(certificate: string): Subject {
  const { subject } = new X509Certificate(certificate).toLegacyObject()
  const { CN, O } = subject as unknown as { CN?: string; O?: string }
  return { commonName: CN ?? 'CA', ...(O !== undefined && { organization: O }) }
}

async function makeKey(
  generations: Generations,
  generation: number,
  { passphrase, algorithm = 'ecdsa-p256', clock = systemClock }: NextKey,
): Promise<Signer> {
  await checkNewPassphrase(passphrase)
  const { policy } = await identityIn(generations.placeOf(generations.active))
  const profiles = PROFILE_NAMES.filter((profile) => policy.profiles.includes(profile))
  const directory = generations.placeOf({ generation })
  const { privateKey } = ALGORITHMS[algorithm].generate()
  const place = { directory, passphrase, generation, profiles }
  const text = await sealKey(place, { privateKey, purpose: 'issuing' }, clock)
  return createDirectoryOfFiles(directory, [{ name: FILES.key, text, mode: 0o600 }], (draft) =>
    openKey(draft, passphrase, clock, {
      action: 'create',
      details: { purpose: 'issuing', algorithm },
    }),
  )
}

/** Opens a key that has no certificate yet, and records that. */
async function openKey(
  directory: string,
  passphrase: SecretText,
  clock: Clock,
  event: Parameters<typeof recordLife>[1] = { action: 'unlock' },
): Promise<Signer> {
  const envelope = await readKeystoreFile(directory, 'key')
  const { identity } = parseEnvelope(envelope)
  const origin = { kind: 'memory' } as const
  const candidates = [{ value: passphrase, origin, used: () => undefined }]
  const pkcs8 = await unlockKey({ envelope, candidates })
  if (pkcs8 === undefined) {
    await recordLife({ directory, identity, clock }, { action: 'unlock', outcome: 'failed' })
    throw unlockFailed(directory)
  }
  const signer = createKeySigner(keyFrom(pkcs8))
  checkStated(identity, signer)
  await recordLife({ directory, identity, clock, signer }, event)
  return signer
}

function checkStated({ spki }: KeyIdentity, { publicKey }: Signer): void {
  if (publicKeyDigest(publicKey) !== spki) throw otherKey()
}

function ifMissing(error: unknown): undefined {
  if (!(error instanceof SecretError && error.code === 'missing')) throw error
}

function inProgress(): SecretError {
  const message =
    'a generation is prepared or published, and not active yet; activate it, or remove it first: rekey ca rotate rollback'
  return new SecretError('refused', message, { reason: 'in-progress' })
}

function isTaken(last: number): SecretError {
  const message = `the number of the next generation is a whole number above ${last}; leave it out, or give such a one`
  return new SecretError('refused', message, { reason: 'generation' })
}
