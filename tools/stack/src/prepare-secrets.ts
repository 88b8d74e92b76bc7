import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { issueApiKey } from '@rekey/api-key-auth'
import { type CaKeystore, createCa, openRevocationLists } from '@rekey/ca-keystore'
import { generatePassphrase, createSigningRequest } from '@rekey/ca-keystore/internal'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { issueIdentity } from '@rekey/tls-identity/internal/rotate'
import { issueNoteKey } from '@rekey/audit-log/transparency'
import { ADAPTER_TOKEN } from './client-secret-adapter.ts'
import { describeIdentities } from './describe-identities.ts'
import {
  ADAPTER_KEY,
  CA_PASSPHRASE,
  CLIENT_SECRET,
  LOG_KEY,
  nameOf,
  NOTICES_SECRET,
  secretsOfKind,
  SESSION_SECRET,
} from './reference-family.ts'
import type { StackStore } from './stores/stack-store.ts'

/**
 * Puts the first version of every secret into the store.
 *
 * @returns the verifier key of the log, which is public
 */
export async function storeSecrets(
  { admin, environment }: Pick<StackStore, 'admin' | 'environment'>,
  databases: ReadonlyMap<string, Secret>,
): Promise<string> {
  const isProduction = environment === 'production'
  for (const [name, secret] of databases) await admin.create(name, secret)
  for (const { name } of secretsOfKind('api-key')) {
    const key = issueApiKey({ environment: isProduction ? 'prod' : 'dev' })
    await admin.create(name, key.text)
  }
  await admin.create(CA_PASSPHRASE, generatePassphrase({ development: !isProduction }))
  const mark = isProduction ? '' : NON_PRODUCTION_PREFIX
  for (const name of [CLIENT_SECRET, ADAPTER_TOKEN, NOTICES_SECRET, ADAPTER_KEY]) {
    await admin.create(name, newText(name, mark))
  }
  await admin.create(SESSION_SECRET, newText(SESSION_SECRET, `${mark}1.`))
  const { signerKey, verifierKey } = issueNoteKey(`${mark}certtransparency/log`)
  await admin.create(LOG_KEY, signerKey)
  return verifierKey
}

/** The issuing CA of the stack. */
export interface CaPlace {
  readonly directory: string
  /** For the revocation lists. */
  readonly listDirectory: string
  /** PEM of its certificate and the root's, readable by other services. */
  readonly certificatesFile: string
  /** PEM of the root's certificate: what clients of the services trust. */
  readonly trust: string
}

/**
 * Makes a root and an issuing CA, and the first TLS identities. The issuing key is encrypted with the passphrase in the store, in a
 * directory apart from it. The root key is thrown away, since this CA lives no longer than the stack, unless a passphrase is given for it.
 */
export async function prepareCa(
  directory: string,
  { admin, environment }: Pick<StackStore, 'admin' | 'environment'>,
  rootPassphrase?: Secret,
): Promise<CaPlace> {
  // By this word a service knows certificates that are not for production.
  const family = environment === 'production' ? 'Rekey' : 'Rekey Development'
  const rootDirectory = join(directory, 'ca-root')
  const passphrase = rootPassphrase ?? generatePassphrase()
  const parent = await createCa({
    directory: rootDirectory,
    passphrase,
    commonName: `${family} Root`,
    profiles: [],
  })
  const issuingDirectory = join(directory, 'ca')
  const { current } = await admin.read(CA_PASSPHRASE)
  const issuing = await createCa({
    directory: issuingDirectory,
    passphrase: current.value,
    commonName: `${family} Issuing CA`,
    parent,
  })
  const certificatesFile = join(directory, 'ca-certificates.pem')
  await writeFile(certificatesFile, issuing.chain)
  for (const { service, names } of describeIdentities({ environment })) {
    await admin.create(nameOf('tls', service), await firstIdentity(issuing, service, names))
  }
  const listDirectory = join(directory, 'crl')
  await publishRootList(parent, listDirectory)
  const trust = parent.certificate
  await issuing.close()
  await parent.close()
  if (rootPassphrase === undefined) await rm(rootDirectory, { recursive: true })
  return { directory: issuingDirectory, listDirectory, certificatesFile, trust }
}

const ROOT_LIST_VALIDITY_MS = 366 * 86_400_000

/** OpenVPN lets revoked clients connect where one of its CAs has no list. */
async function publishRootList(root: CaKeystore, directory: string): Promise<void> {
  await mkdir(directory, { mode: 0o700 })
  const options = { keystores: [root], directory, validityMs: ROOT_LIST_VALIDITY_MS }
  await (await openRevocationLists(options)).close()
}

const IDENTITY_VALIDITY_MS = 86_400_000

/** Later ones are issued by signing, which does not run yet. */
function firstIdentity(ca: CaKeystore, service: string, names: readonly string[]): Promise<Secret> {
  return issueIdentity({
    service,
    names,
    createRequest: createSigningRequest,
    async signer(csr) {
      const { certificate } = await ca.issueCertificate({
        csr,
        profile: 'service',
        subject: { commonName: service },
        subjectAltNames: names.map((value) => ({ kind: isIP(value) === 0 ? 'dns' : 'ip', value })),
        validityMs: IDENTITY_VALIDITY_MS,
      })
      return { certificate, chain: ca.chain }
    },
  })
}

function newText(name: string, mark: string): Secret {
  return Secret.of(mark + randomBytes(32).toString('base64url'), name)
}
