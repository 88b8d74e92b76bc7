import { createPublicKey, type KeyObject, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { type Clock, type Secret, SecretError, systemClock } from '@rekey/secret'
import { ALGORITHMS, type KeyAlgorithm } from './algorithms.ts'
import { recordLife } from './biography.ts'
import { type CaKeystore, createCaKeystore } from './ca-keystore.ts'
import { signCertificate } from './certificate.ts'
import { createRequestWith } from './create-signing-request.ts'
import { encodeDer } from './der.ts'
import { encodeName, type Subject } from './distinguished-name.ts'
import { type KeyIdentity, sealEnvelope } from './envelope/index.ts'
import {
  authorityExtensions,
  LONGEST_DAYS,
  MAX_CA_VALIDITY_MS,
  type Profile,
  PROFILE_NAMES,
} from './issuer.ts'
import { publicKeyDigest } from './key-digest.ts'
import { FILES, SERVICE_SLOT } from './keystore-files.ts'
import { checkVacant, createDirectoryOfFiles } from './new-directory.ts'
import { openIssuer } from './open-ca-keystore.ts'
import { parseSigningRequest } from './parse-signing-request.ts'
import { checkNewPassphrase } from './passphrase-strength.ts'
import { createKeySigner } from './signer.ts'
import { DAY_MS, validityFrom } from './validity.ts'

/** A CA that is wanted. */
export interface NewCa {
  /** Made, with mode 0700; what is above it must exist or can be made. Must be absent or empty. */
  readonly directory: string
  readonly passphrase: Secret
  /** Without the generation: `Example Issuing CA` becomes `Example Issuing CA G1`. */
  readonly commonName: string
  readonly organization?: string
  /** Default `ecdsa-p256`. */
  readonly algorithm?: KeyAlgorithm
  /** Counts the keys of one CA, from 1 (the default); each needs a name of its own. */
  readonly generation?: number
  /** The certificates that it may issue, bound to its key for good; default all. A root that issues none but CAs: `[]`. */
  readonly profiles?: readonly Profile[]
  /** The root that signs it; without, it is a root. */
  readonly parent?: CaKeystore
  /** Default ten years for a root, three for an intermediate. */
  readonly validityMs?: number
  readonly clock?: Clock
}

const INTERMEDIATE_VALIDITY_MS = 3 * 365 * DAY_MS

/**
 * Creates a CA: a root, or an intermediate below `parent` that may issue to clients and servers only. Writes `ca.key`
 * (an envelope that the passphrase opens, 0600) and `ca.crt` (its chain, 0644) at once, after opening them as `openCaKeystore` does.
 *
 * @returns the new CA, open
 * @throws {SecretError} `conflict` if there is anything in the directory, half of a CA included, or if the parent has issued a
 *   CA of that name; `malformed` for the passphrase; `refused` for the name, the validity or an unsafe place; `unreachable` for I/O
 *
 * @example
 * ```ts
 * await createCa({ directory, passphrase, commonName: 'Example Root' })
 * ```
 */
export async function createCa(options: NewCa): Promise<CaKeystore> {
  const { directory, passphrase, algorithm = 'ecdsa-p256', clock = systemClock } = options
  await checkNewPassphrase(passphrase.expose())
  const subject = subjectOf(options)
  await checkVacant(directory)
  const { privateKey } = ALGORITHMS[algorithm].generate()
  const csr = createRequestWith(privateKey, subject)
  const chain = options.parent
    ? await issuedChain(options.parent, csr, subject, options.validityMs)
    : await selfSigned(privateKey, csr, subject, clock.now(), options.validityMs)
  const files = [
    { name: FILES.key, text: await sealKey(privateKey, options, clock), mode: 0o600 },
    { name: FILES.certificate, text: chain, mode: 0o644 },
  ]
  const held = { value: passphrase, origin: { kind: 'memory' } } as const
  const issuer = await createDirectoryOfFiles(directory, files, async (draft) => {
    const opened = await openIssuer({ directory: draft, passphrase: held, clock })
    const { purpose } = opened.identity
    await recordLife(opened, { action: 'create', details: { purpose, algorithm } })
    return opened
  })
  return createCaKeystore({ ...issuer, directory: resolve(directory) })
}

async function sealKey(privateKey: KeyObject, options: NewCa, clock: Clock): Promise<string> {
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
  const passphrase = Buffer.from(options.passphrase.expose())
  try {
    const opening = { slot: SERVICE_SLOT, passphrase }
    return await sealEnvelope(pkcs8, identityOf(privateKey, options, clock), [opening])
  } finally {
    pkcs8.fill(0)
    passphrase.fill(0)
  }
}

function identityOf(
  privateKey: KeyObject,
  { generation = 1, parent, profiles = PROFILE_NAMES }: NewCa,
  clock: Clock,
): Omit<KeyIdentity, 'commitment'> {
  const purpose = parent === undefined ? 'root' : 'issuing'
  return {
    id: randomUUID(),
    generation,
    purpose,
    spki: publicKeyDigest(createPublicKey(privateKey)),
    created: new Date(clock.now()).toISOString(),
    policy: { profiles, days: LONGEST_DAYS },
  }
}

function subjectOf({ commonName, organization, generation = 1 }: NewCa): Subject {
  if (!Number.isInteger(generation) || generation < 1) {
    throw new SecretError('refused', 'the generation of a CA is a whole number from 1 on', {
      reason: 'generation',
    })
  }
  const named = { commonName: `${commonName} G${generation}` }
  return organization === undefined ? named : { ...named, organization }
}

async function issuedChain(
  parent: CaKeystore,
  csr: string,
  subject: Subject,
  validityMs = INTERMEDIATE_VALIDITY_MS,
): Promise<string> {
  const { certificate } = await parent.issueIntermediate({ csr, subject, validityMs })
  return certificate + parent.chain
}

async function selfSigned(
  privateKey: KeyObject,
  csr: string,
  subject: Subject,
  nowMs: number,
  validityMs = MAX_CA_VALIDITY_MS,
): Promise<string> {
  const { key } = parseSigningRequest(csr)
  const name = encodeDer(encodeName(subject))
  const content = {
    ...validityFrom(nowMs, validityMs, MAX_CA_VALIDITY_MS),
    subject: name,
    spki: key.spki,
    extensions: authorityExtensions(key, 1),
  }
  return (await signCertificate(content, name, createKeySigner(privateKey))).certificate
}
