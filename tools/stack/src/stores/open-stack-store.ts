import { openDotenvStack } from './dotenv-stack.ts'
import type { OpenStackStore, StackStore, StackStoreOptions, StoreKind } from './stack-store.ts'

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
