import { mkdir } from 'node:fs/promises'
import { type KeyObject, randomBytes, sign } from 'node:crypto'
import { type Clock, systemClock } from '@rekey/secret'
import { afterAll } from 'vitest'
import { ALGORITHMS, type KeyAlgorithm } from '../../src/algorithms.ts'
import { parseCaChain } from '../../src/ca-certificate.ts'
import { type CaKeystore, createCaKeystore } from '../../src/ca-keystore.ts'
import { days, freshPath } from '../ca.support.ts'
import { signCertificate } from '../../src/certificate.ts'
import { createRequestWith } from '../../src/create-signing-request.ts'
import { bits, sequence } from '../../src/der.ts'
import { encodeName } from '../../src/distinguished-name.ts'
import { authorityExtensions, type Issuer } from '../../src/issuer.ts'
import { parseSigningRequest } from '../../src/parse-signing-request.ts'
import { createKeySigner } from '../../src/signer.ts'
import { type CrlContent, encodeTbsCertList } from '../../src/crl/encode-crl.ts'
import { encodeCrlPem } from '../../src/crl/parse-crl.ts'

const opened: CaKeystore[] = []
afterAll(async () => {
  for (const keystore of opened) await keystore.close()
})

interface BareCaOptions {
  readonly algorithm?: KeyAlgorithm
  readonly commonName?: string
  readonly clock?: Clock
  /** Of the keystore. */
  readonly directory?: string
}

/** A root whose key is in this process, without the key derivation that opening a keystore costs. */
export async function bareCa(options: BareCaOptions = {}) {
  const { algorithm = 'ecdsa-p256', commonName = 'Bare CA', clock = systemClock } = options
  const { privateKey } = ALGORITHMS[algorithm].generate()
  const { key } = parseSigningRequest(createRequestWith(privateKey, { commonName }))
  const subject = encodeName({ commonName })
  const signer = createKeySigner(privateKey)
  const validity = {
    notBefore: new Date(clock.now() - days(1)),
    notAfter: new Date(clock.now() + days(3650)),
  }
  const extensions = authorityExtensions(key, 1)
  const content = { kind: 'authority' as const, ...validity, subject, spki: key.spki, extensions }
  const { certificate } = await signCertificate(content, { subject }, signer)
  const ca = parseCaChain(certificate)
  const identity: Issuer['identity'] = {
    id: 'bare',
    generation: 1,
    purpose: 'root',
    spki: '',
    created: '',
    policy: { profiles: ['client', 'server'], days: 825 },
  }
  const { directory = freshPath() } = options
  await mkdir(directory, { recursive: true })
  const keystore = createCaKeystore({ ca, identity, signer, clock, directory })
  opened.push(keystore)
  return { ca, privateKey, keystore }
}

type BareCa = Awaited<ReturnType<typeof bareCa>>

/** A list signed by the key of `bare`, with anything in it. */
export function forgedCrl(bare: BareCa, changes: Partial<CrlContent>, edit = (tbs: Buffer) => tbs) {
  const content = { ...contentOf(bare), ...changes }
  return signedList(edit(encodeTbsCertList(content)), content.algorithm, bare.privateKey)
}

function signedList(tbs: Buffer, algorithm: Buffer, key: KeyObject): string {
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const signature = bits(sign(digest, tbs, key))
  return encodeCrlPem(sequence(tbs, algorithm, signature))
}

function contentOf({ ca, privateKey }: BareCa): CrlContent {
  const nowMs = Math.floor(Date.now() / 1000) * 1000
  return {
    algorithm: createKeySigner(privateKey).identifier(),
    issuer: ca.subject,
    keyId: ca.keyId,
    number: 1n,
    thisUpdate: new Date(nowMs),
    nextUpdate: new Date(nowMs + days(7)),
    revoked: [],
  }
}

/** A serial as certificates have it. */
export function newSerial(): string {
  return `4${randomBytes(20).toString('hex').slice(1)}`
}
