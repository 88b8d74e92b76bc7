import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SecretStore } from '@rekey/secret'
import { openStore } from '@rekey/config-loader/store'
import { openVault } from '@rekey/testbed'
import type { LibraryFolder } from './library-folder.ts'

type Variables = Readonly<Record<string, string>>

/** A store of the table of the library's README. */
export interface LibraryStore extends AsyncDisposable {
  /** Whether values bear the mark of development. */
  readonly nonProduction: boolean
  /** The file that the rotator is given. */
  readonly deployment: string
  /** The headings whose blocks give services and rotator access to the secrets that are there. */
  readonly access: readonly string[]
  /** The variables of the operator's shell. */
  readonly operator: Variables
  /** The variables of a service, or of the `rotator`. */
  readonly environmentOf: (who: string) => Variables
  /** Opens the store by variables as above. */
  readonly openStore: (env: Variables) => Promise<SecretStore & AsyncDisposable>
}

/** Has secrets in `.env` of the folder, and forgets those of another run. */
export async function openDotenvStore(folder: LibraryFolder): Promise<LibraryStore> {
  const locator = 'dotenv:.env'
  const path = join(folder.root, '.env')
  await rm(path, { force: true })
  const environment = { REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: locator }
  return {
    ...{ nonProduction: true, deployment: 'development.json', access: [] },
    operator: { STORE: locator, MARK: '', CA: 'Library Development' },
    environmentOf: (who) => (who === 'rotator' ? {} : environment),
    openStore: (env) => openStore(`dotenv:${path}`, { env }),
    [Symbol.asyncDispose]: () => rm(path, { force: true }),
  }
}

/** Has secrets in a Vault of its own. @param program the executable */
export async function openVaultStore(
  folder: LibraryFolder,
  program: string,
): Promise<LibraryStore> {
  const locator = 'vault:secret/library'
  const vault = await openVault({ program })
  const address = { VAULT_ADDR: vault.address }
  return {
    ...{ nonProduction: false, deployment: 'production.json', access: ['Least rights in Vault'] },
    operator: {
      ...{ ...address, VAULT_TOKEN: vault.rootToken, PATH: dirname(program) },
      ...{ STORE: locator, MARK: '--production', CA: 'Library' },
    },
    environmentOf: (who) => ({
      ...{ ...address, REKEY_SECRETS: 'file:sources.json', REKEY_VAULT_AUTH: 'approle' },
      VAULT_ROLE_ID_FILE: join(folder.root, 'credentials', who, 'role-id'),
      VAULT_SECRET_ID_FILE: join(folder.root, 'credentials', who, 'secret-id'),
    }),
    openStore: (env) => openStore(locator, { env, startJitterMs: 0 }),
    async [Symbol.asyncDispose]() {
      await rm(join(folder.root, 'credentials'), { recursive: true, force: true })
      await vault.close()
    },
  }
}
