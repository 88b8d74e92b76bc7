import { join } from 'node:path'
import { openDotenvStore } from '@rekey/config-loader/store'
import type { OpenStackStore, StackStore, StackStoreOptions, StoreKind } from './stack-store.ts'
import { writePrivateFile } from './private-file.ts'

const HEAD = '# Development secrets of one stack. Made at its start, gone at its end.\n'

/** One `.env` file for all processes, as on a developer's machine: it knows no rights but those of files. */
const openDotenvStack: OpenStackStore = async ({ directory, own }) => {
  const path = await writePrivateFile(join(directory, 'secrets'), '.env', HEAD)
  const admin = own.use(await openDotenvStore({ path }), 'store of the administrator')
  const place = { locator: `dotenv:${path}`, variables: {} }
  return {
    kind: 'dotenv',
    title: 'a .env file',
    servers: {},
    environment: 'development',
    admin,
    rotator: place,
    placeFor: () => Promise.resolve(place),
  }
}

/** The drivers of a store are loaded where that store is asked for, and nowhere else. */
const STORES: Readonly<Record<StoreKind, OpenStackStore>> = {
  dotenv: openDotenvStack,
  vault: async (options) => (await import('./vault-stack.ts')).openVaultStack(options),
  aws: async (options) => (await import('./aws-stack.ts')).openAwsStack(options),
  kubernetes: async (options) => {
    return (await import('./kubernetes-stack.ts')).openKubernetesStack(options)
  },
}

/**
 * Opens the store of a new stack, on a server of its own where one is needed.
 *
 * @throws {Error} with the command that installs the server, if it is not here
 */
export function openStackStore(kind: StoreKind, options: StackStoreOptions): Promise<StackStore> {
  return STORES[kind](options)
}
