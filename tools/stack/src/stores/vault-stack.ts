import { join } from 'node:path'
import { openStore } from '@rekey/config-loader/internal/locate'
import { openVault, type Vault } from '@rekey/testbed'
import { DATABASE_SERVICES, nameOf, rightsOf } from '../reference-family.ts'
import { requireProgram } from './require-program.ts'
import { writeSourcesFile } from './sources-file.ts'
import type { OpenStackStore, ServicePlace } from './stack-store.ts'
import { createAppRole } from './vault-app-role.ts'
import { lendLogins, MAX_TTL_MS } from './vault-lending.ts'

const LOCATOR = 'vault:secret/rekey'

/**
 * A Vault of its own. Each process logs in by an AppRole with a policy of its own: each service reads its secrets, the
 * rotator writes what it rotates.
 */
export const openVaultStack: OpenStackStore = async (options) => {
  const { path: program, version } = await requireProgram('vault')
  const title = `Vault ${version}`
  options.onProgress(title)
  const vault = options.own.use(await openVault({ program, storage: 'file' }), 'Vault')
  const directory = join(options.directory, 'vault')
  await vault.require('POST', 'sys/auth/approle', { type: 'approle' })
  const admin = await openStore(LOCATOR, {
    env: { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken },
    startJitterMs: 0,
  })
  options.own.use(admin, 'store of the administrator')
  const policy = await rightsOf('rotator', LOCATOR)
  const variables = await createAppRole(vault, { name: 'rotator', policy, directory })
  let databaseAddress: string | undefined
  return {
    kind: 'vault',
    title,
    servers: { vault },
    environment: 'production',
    admin,
    rotator: { locator: LOCATOR, variables },
    placeFor: (service) => placeFor(vault, { service, directory, databaseAddress }),
    lending: {
      maxTtlMs: MAX_TTL_MS,
      async begin(lender, services) {
        await lendLogins(vault, lender, services)
        databaseAddress = `${lender.host}:${lender.port}`
      },
    },
  }
}

interface Guest {
  readonly service: string
  readonly directory: string
  /** Where logins are lent, if they are. */
  readonly databaseAddress: string | undefined
}

async function placeFor(
  vault: Vault,
  { service, directory, databaseAddress }: Guest,
): Promise<ServicePlace> {
  const borrows = databaseAddress !== undefined && DATABASE_SERVICES.includes(service)
  const login = borrows ? nameOf('database', service) : undefined
  const policy = await rightsOf(service, LOCATOR, borrows)
  const variables = await createAppRole(vault, { name: service, policy, directory })
  const url = `postgresql://${databaseAddress ?? ''}/${service}?sslmode=disable`
  const borrowed = {
    sources: { vault: LOCATOR, login: { credentials: `database/creds/${service}`, url } },
    secrets: login === undefined ? {} : { [login]: 'login' },
  }
  const sources = borrows ? borrowed : { sources: { vault: LOCATOR } }
  const locator = await writeSourcesFile(directory, service, { ...sources, from: 'vault' })
  return { locator, variables }
}
