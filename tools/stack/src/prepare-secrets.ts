import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { issueApiKey } from '@rekey/api-key-auth'
import { createCa } from '@rekey/ca-keystore'
import { NON_PRODUCTION_PREFIX, Secret, type SecretSource } from '@rekey/secret'
import { DESK_TOKEN } from './client-secret-desk.ts'
import { CA_PASSPHRASE, CLIENT_SECRET, secretsOfKind } from './reference-family.ts'
import type { StackStore } from './stores/stack-store.ts'

/** Puts the first version of every secret into the store. */
export async function storeSecrets(
  { admin, environment }: Pick<StackStore, 'admin' | 'environment'>,
  databases: ReadonlyMap<string, Secret>,
): Promise<void> {
  const isProduction = environment === 'production'
  for (const [name, secret] of databases) await admin.create(name, secret)
  for (const { name } of secretsOfKind('api-key')) {
    const key = issueApiKey({ environment: isProduction ? 'prod' : 'dev' })
    await admin.create(name, key.text)
  }
  for (const name of [CLIENT_SECRET, CA_PASSPHRASE, DESK_TOKEN]) {
    await admin.create(name, newText(name, isProduction ? '' : NON_PRODUCTION_PREFIX))
  }
}

/** The issuing CA of the stack. */
export interface CaPlace {
  readonly directory: string
  /** PEM of its certificate and the root's, readable by other services. */
  readonly certificatesFile: string
}

/**
 * Makes a root and an issuing CA. The issuing key is encrypted with the passphrase in the store, in a directory apart from
 * it. The root key is thrown away: this CA lives no longer than the stack.
 */
export async function prepareCa(directory: string, store: SecretSource): Promise<CaPlace> {
  const rootDirectory = join(directory, 'ca-root')
  const passphrase = newText('CA_PASSPHRASE_ROOT', NON_PRODUCTION_PREFIX)
  const commonName = 'Rekey Development Root'
  const parent = await createCa({ directory: rootDirectory, passphrase, commonName })
  const issuingDirectory = join(directory, 'ca')
  const { current } = await store.read(CA_PASSPHRASE)
  const issuing = await createCa({
    directory: issuingDirectory,
    passphrase: current.value,
    commonName: 'Rekey Development Issuing CA',
    parent,
  })
  const certificatesFile = join(directory, 'ca-certificates.pem')
  await writeFile(certificatesFile, issuing.chain)
  await issuing.close()
  await parent.close()
  await rm(rootDirectory, { recursive: true })
  return { directory: issuingDirectory, certificatesFile }
}

function newText(name: string, mark: string): Secret {
  return Secret.of(mark + randomBytes(32).toString('base64url'), name)
}
