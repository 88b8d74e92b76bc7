import 'reflect-metadata'
import { generateKeyPairSync, type KeyObject, randomBytes, sign, webcrypto } from 'node:crypto'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CaKeystore, type CertificateOrder, createCa } from '@rekey/ca-keystore'
import {
  generatePassphrase,
  createSigningRequest,
  type KeyAlgorithm,
} from '@rekey/ca-keystore/internal'
import { createCaSigner } from '@rekey/ca-keystore/signer'
import { Pkcs10CertificateRequest, X509CertificateGenerator } from '@peculiar/x509'
import forge from 'node-forge'
import { type CellTable, effort } from './bench-table.ts'

const ALGORITHMS: readonly KeyAlgorithm[] = effort(
  ['ecdsa-p256', 'ed25519', 'rsa-3072'],
  ['ecdsa-p256'],
)
const ROUNDS = effort(5, 1)
const ROUND_MS = effort(1000, 50)
const IN_FLIGHT = effort(64, 2)
const DAY_MS = 86_400_000
const UNLOCK = new URL('./bench-unlock-main.ts', import.meta.url)
/** As many bytes as a client certificate has to be signed. */
const TBS_BYTES = 600

/** Certificates from a request, each with its serial and itself on the disk before it is handed out, against the bare signature. */
export async function benchIssueCertificate(): Promise<CellTable> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'bench-issue-')))
  try {
    const rows: CellTable['rows'][number][] = []
    for (const algorithm of ALGORITHMS) rows.push(await rowOf(algorithm, join(parent, algorithm)))
    return {
      title: `Certificates a second, ${IN_FLIGHT} in flight`,
      columns: [
        'bare signature',
        'in this process',
        'by a signer process',
        '@peculiar/x509',
        'node-forge',
      ],
      rows,
      aim: 'by a signer process 3,000 with P-256; RSA 0.9 of the bare signature',
      note: `medians of ${ROUNDS} rounds of ${ROUND_MS} ms; ours and @peculiar/x509 verify the request, node-forge signs with RSA alone and keeps no record, nor does @peculiar/x509`,
    }
  } finally {
    await rm(parent, { recursive: true })
  }
}

async function rowOf(algorithm: KeyAlgorithm, directory: string) {
  const passphrase = generatePassphrase()
  const file = `${directory}.pass`
  await writeFile(file, passphrase.expose(), { mode: 0o600 })
  const ca = await createCa({ directory, passphrase, commonName: 'Bench CA', algorithm })
  const local = await rate(() => issue(ca))
  await ca.close()
  await using signer = createCaSigner({
    unlocker: { file: UNLOCK, env: { PASSPHRASE_FILE: file } },
    limits: { certificatesPerDay: { client: Number.MAX_SAFE_INTEGER } },
  })
  await signer.unseal(directory)
  const remote = await rate(() => issue(signer))
  const key = keyOf(algorithm)
  const data = randomBytes(TBS_BYTES)
  const digest = algorithm === 'ed25519' ? null : 'sha256'
  const bare = await rate(() => sign(digest, data, key))
  const peculiar = await peculiarRate(algorithm)
  const ofForge = algorithm === 'rsa-3072' ? await forgeRate() : undefined
  const rates = [bare, local, remote, peculiar, ofForge]
  const cells = rates.map((one) =>
    one === undefined ? 'none' : Math.round(one).toLocaleString('en'),
  )
  return { name: algorithm, cells }
}

const { csr } = createSigningRequest({ commonName: 'ignored' })
const order: CertificateOrder = {
  ...{ csr, profile: 'client', subject: { commonName: 'alice' }, validityMs: DAY_MS },
  subjectAltNames: [{ kind: 'email', value: 'alice@example.com' }],
}

function issue(ca: CaKeystore) {
  return ca.issueCertificate(order)
}

function keyOf(algorithm: KeyAlgorithm): KeyObject {
  if (algorithm === 'ed25519') return generateKeyPairSync('ed25519').privateKey
  if (algorithm === 'rsa-3072')
    return generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

const { subtle } = webcrypto
const SIGNING: readonly webcrypto.KeyUsage[] = ['sign', 'verify']
const WEB_KEYS: Readonly<Record<string, () => Promise<webcrypto.CryptoKeyPair>>> = {
  'ecdsa-p256': () => subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, SIGNING),
  'rsa-3072': () =>
    subtle.generateKey(
      {
        ...{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 3072 },
        publicExponent: new Uint8Array([1, 0, 1]),
      },
      true,
      SIGNING,
    ),
}

/** Not with Ed25519, of which WebCrypto in Node.js 20 is experimental. */
async function peculiarRate(algorithm: KeyAlgorithm): Promise<number | undefined> {
  const keys = await WEB_KEYS[algorithm]?.()
  if (keys === undefined) return undefined
  const signingAlgorithm = { ...keys.privateKey.algorithm, hash: 'SHA-256' }
  return rate(async () => {
    const request = new Pkcs10CertificateRequest(csr)
    await request.verify()
    const now = Date.now()
    const parts: object = {
      ...{ subject: 'CN=alice', issuer: 'CN=Bench CA', signingKey: keys.privateKey },
      ...{ notBefore: new Date(now), notAfter: new Date(now + DAY_MS), signingAlgorithm },
      publicKey: await (request.publicKey.export() as Promise<object>),
    }
    // Its types are those of a browser, which are not at hand.
    await X509CertificateGenerator.create(parts as never)
  })
}

function forgeRate(): Promise<number> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  const key = forge.pki.privateKeyFromPem(
    privateKey.export({ format: 'pem', type: 'pkcs1' }).toString(),
  )
  const subjectKey = forge.pki.publicKeyFromPem(
    publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  )
  return rate(() => {
    const certificate = forge.pki.createCertificate()
    certificate.publicKey = subjectKey
    certificate.serialNumber = `4${randomBytes(20).toString('hex').slice(1)}`
    certificate.validity.notAfter = new Date(Date.now() + DAY_MS)
    certificate.setSubject([{ name: 'commonName', value: 'alice' }])
    certificate.setIssuer([{ name: 'commonName', value: 'Bench CA' }])
    certificate.sign(key, forge.md.sha256.create())
    forge.pki.certificateToPem(certificate)
  })
}

/** Calls a second: the median of the rounds, after one that does not count. */
async function rate(call: () => unknown): Promise<number> {
  const rates: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    let count = 0
    const start = performance.now()
    const worker = async () => {
      while (performance.now() - start < ROUND_MS) {
        await call()
        count += 1
      }
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
    rates.push((count / (performance.now() - start)) * 1000)
  }
  return rates.slice(1).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? NaN
}
