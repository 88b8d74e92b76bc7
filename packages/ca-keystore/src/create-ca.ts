import type { KeyObject } from 'node:crypto'
import { type Clock, systemClock } from '@rekey/secret'
import { ALGORITHMS, type KeyAlgorithm } from './algorithms.ts'
import type { CaKeystore } from './ca-keystore.ts'
import { signCertificate } from './certificate.ts'
import { createRequestWith } from './create-signing-request.ts'
import { encodeDer } from './der.ts'
import { encodeName, type Subject } from './distinguished-name.ts'
import { authorityExtensions, MAX_CA_VALIDITY_MS } from './issuer.ts'
import { checkVacant } from './new-directory.ts'
import { parseSigningRequest } from './parse-signing-request.ts'
import { checkNewPassphrase } from './passphrase-strength.ts'
import { createKeySigner } from './signer.ts'
import { DAY_MS, validityFrom } from './validity.ts'
import { generationOf, type NewKeystore, writeKeystore } from './write-keystore.ts'

/** A CA that is wanted. Each of its generations needs a name of its own. */
export interface NewCa extends NewKeystore {
  /** Without the generation: `Example Issuing CA` becomes `Example Issuing CA G1`. */
  readonly commonName: string
  readonly organization?: string
  /** Default `ecdsa-p256`. */
  readonly algorithm?: KeyAlgorithm
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
  const { parent, algorithm = 'ecdsa-p256', clock = systemClock } = options
  await checkNewPassphrase(options.passphrase.expose())
  const subject = subjectOf(options)
  await checkVacant(options.directory)
  const { privateKey } = ALGORITHMS[algorithm].generate()
  const csr = createRequestWith(privateKey, subject)
  const chain = parent
    ? await issuedChain(parent, csr, subject, options.validityMs)
    : await selfSigned(privateKey, csr, subject, clock.now(), options.validityMs)
  const purpose = parent === undefined ? 'root' : 'issuing'
  const event = { action: 'create', details: { purpose, algorithm } }
  return writeKeystore(options, { privateKey, purpose, chain, event }, clock)
}

function subjectOf(options: NewCa): Subject {
  const { commonName, organization } = options
  const named = { commonName: `${commonName} G${generationOf(options)}` }
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
