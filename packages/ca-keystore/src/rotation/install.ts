import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { SecretError, systemClock } from '@rekey/secret'
import { replaceFile } from '@rekey/secret/internal/files'
import { type CaCertificate, parseCaChain } from '../ca-certificate.ts'
import type { Subject } from '../distinguished-name.ts'
import { publicKeyDigest } from '../key-digest.ts'
import { FILES } from '../keystore-files.ts'
import { checkValidAt } from '../validity.ts'
import {
  certificateIn,
  type Generation,
  type Generations,
  identityIn,
  recordStep,
  stepOf,
  type StepOptions,
  writeGenerations,
} from './generations.ts'
import { namesIn, subjectOf } from './request.ts'

/** The certificate of a generation that was requested. */
export interface InstalledGeneration extends StepOptions {
  /** PEM of the certificate, its issuer, and so on up to the root, as `rekey ca sign-intermediate` writes it. */
  readonly certificate: string
  /** PEM of the root that must have signed it; default that of the active generation. */
  readonly root?: string
}

/**
 * Installs the certificate that the root has signed for a requested generation, which is prepared then. Calling it again gives the same, and before
 * the generation is published, another certificate of the same key takes the place of the first.
 *
 * @throws {SecretError} `refused` with the reason `not-requested`; `ca-certificate` for anything but a chain of CAs; `other-key` for the certificate of
 *   another request, of an earlier one too; `other-name`; `other-root`; `path-length` for a CA with others below it; `validity` for one that has ended or
 *   not begun
 *
 * @example
 * ```ts
 * await installGeneration({ directory, certificate: await readFile('signed.crt', 'utf8') })
 * ```
 */
export function installGeneration(options: InstalledGeneration): Promise<Generation> {
  return stepOf(options.directory, (generations) => installIn(generations, options))
}

/** Does what {@link installGeneration} does, within a step. */
export async function installIn(
  generations: Generations,
  { certificate, root, clock = systemClock }: Omit<InstalledGeneration, 'directory'>,
): Promise<Generation> {
  const [one] = generations.in('requested', 'prepared')
  if (one === undefined) throw notRequested()
  const ca = parseSigned(certificate)
  const place = generations.placeOf(one)
  const key = publicKeyDigest(ca.publicKey)
  if (key !== one.spki || key !== (await identityIn(place)).spki) throw otherKey(one)
  checkName(ca, await subjectOf(generations, one))
  if (ca.pathLength > 0 || ca.authorities.length === 1) throw mayHaveCas()
  await checkRoot(ca, root, generations)
  checkValidAt(ca, clock.now())
  await replaceFile(join(place, FILES.certificate), ca.chain, 0o644)
  if (one.state === 'prepared') return one
  const since = new Date(clock.now())
  const fingerprint = new X509Certificate(ca.certificate).fingerprint256
  const details = { next: one.generation, sha256: fingerprint.replaceAll(':', '').toLowerCase() }
  await recordStep(generations, { action: 'rotate-install', details })
  await writeGenerations(generations.with(one, { state: 'prepared', since }))
  return { ...one, state: 'prepared', since }
}

function parseSigned(certificate: string): CaCertificate {
  try {
    return parseCaChain(certificate)
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    const message =
      'the certificate to install is not that of a CA, followed by those above it up to the root, or was altered; bring the file that the root has ' +
      'written once more'
    throw new SecretError('refused', message, { reason: 'ca-certificate' })
  }
}

function checkName({ certificate }: CaCertificate, wanted: Subject): void {
  const { commonName, organization } = namesIn(certificate)
  if (commonName === wanted.commonName && organization === wanted.organization) return
  const flags = `--name "${wanted.commonName}"${wanted.organization === undefined ? '' : ` --organization "${wanted.organization}"`}`
  const message = `the certificate to install is for another name than that of the generation; have its request signed again with ${flags}`
  throw new SecretError('refused', message, { reason: 'other-name' })
}

/** A signed request may come back from a stranger, who has signed it with a root of his own. */
async function checkRoot(
  ca: CaCertificate,
  root: string | undefined,
  generations: Generations,
): Promise<void> {
  const trusted =
    root === undefined
      ? await certificateIn(generations.placeOf(generations.active))
      : parseSigned(root)
  const [wanted, found] = [trusted, ca].map(({ authorities }) => authorities.at(-1))
  const isSame =
    wanted !== undefined &&
    found?.publicKey.equals(wanted.publicKey) === true &&
    found.subject.equals(wanted.subject)
  if (isSame) return
  const message =
    'another root than that of the active generation has signed the certificate to install; if the CA is to have a new root, name the certificate of that: ' +
    '--root FILE'
  throw new SecretError('refused', message, { reason: 'other-root' })
}

function notRequested(): SecretError {
  const message =
    'no generation waits for its certificate; request one first: rekey ca rotate prepare --request FILE'
  return new SecretError('refused', message, { reason: 'not-requested' })
}

function otherKey({ generation }: Generation): SecretError {
  const message = `the certificate to install is of another key than that of generation ${generation}: of another CA, or of an earlier request; have the request of this generation signed`
  return new SecretError('refused', message, { reason: 'other-key' })
}

function mayHaveCas(): SecretError {
  const message =
    'the certificate to install is that of a root, or of a CA that may have others below it; have it signed with a path length of 0'
  return new SecretError('refused', message, { reason: 'path-length' })
}
