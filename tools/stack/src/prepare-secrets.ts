import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { issueApiKey } from '@rekey/api-key-auth'
import { createCa, openCaKeystore } from '@rekey/ca-keystore'
import { NON_PRODUCTION_PREFIX, Secret, type SecretStore } from '@rekey/secret'
import { DESK_TOKEN } from './client-secret-desk.ts'

/** The pairs that share an API key, sender first. */
export const API_KEY_PAIRS = [
  ['frontend', 'signing'],
  ['signing', 'certtransparency'],
] as const

/** Puts the first version of every secret into the store. */
export async function storeSecrets(
  store: SecretStore,
  databases: ReadonlyMap<string, Secret>,
): Promise<void> {
  for (const [name, secret] of databases) await store.create(name, secret)
  for (const [sender, receiver] of API_KEY_PAIRS) {
    const name = `API_KEY_${sender.toUpperCase()}_${receiver.toUpperCase()}`
    await store.create(name, issueApiKey({ environment: 'dev' }).text)
  }
  for (const name of ['OIDC_CLIENT_SECRET_FRONTEND', 'CA_PASSPHRASE_SIGNING', DESK_TOKEN]) {
    await store.create(name, newText(name))
  }
}

/**
 * Makes a root and an issuing CA. The issuing key is encrypted with the passphrase in the store, in a directory apart from
 * it. The root key is thrown away: this CA lives no longer than the stack.
 *
 * @returns the directory of the issuing CA
 */
export async function prepareCa(directory: string, store: SecretStore): Promise<string> {
  const rootDirectory = join(directory, 'ca-root')
  const passphrase = newText('CA_PASSPHRASE_ROOT')
  await createCa({ directory: rootDirectory, passphrase, commonName: 'Rekey Development Root' })
  const parent = await openCaKeystore({ directory: rootDirectory, passphrase })
  const issuingDirectory = join(directory, 'ca')
  const { current } = await store.read('CA_PASSPHRASE_SIGNING')
  await createCa({
    directory: issuingDirectory,
    passphrase: current.value,
    commonName: 'Rekey Development Issuing CA',
    parent,
  })
  await parent.close()
  await rm(rootDirectory, { recursive: true })
  return issuingDirectory
}

function newText(name: string): Secret {
  return Secret.of(NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url'), name)
}
