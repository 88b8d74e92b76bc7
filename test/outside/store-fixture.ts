import { randomBytes } from 'node:crypto'
import type { openDotenvStore } from '@rekey/config-loader/store'
import { NON_PRODUCTION_PREFIX } from '@rekey/secret'

/** Opens the store of a fixture anew. */
export type OpenStore = () => ReturnType<typeof openDotenvStore>

/** A password for development. */
export const newPassword = (): string =>
  NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')

/** The current version of a secret in a store. */
export async function versionIn(openStore: OpenStore, name: string): Promise<string> {
  await using store = await openStore()
  return (await store.read(name)).current.version
}
