import { fileError, readRegularFile } from '@rekey/secret/internal/files'
import { type OpenedStore } from '@rekey/config-loader/internal/locate'
import { openStore } from '@rekey/config-loader/store'
import type { StorePlace } from '../deployment.ts'
import { OWN_STORES, type WithStores } from '../kinds.ts'

/** Environment variables, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>

/** The store of a family. */
export interface StoreOfFamily extends WithStores {
  readonly store: StorePlace
}

/**
 * Opens the store of a family, logged in as the family declares; what it leaves open comes from `env`.
 *
 * @throws {SecretError} as `openStore`, and if a file of a variable cannot be read
 *
 * @example
 * ```ts
 * await using store = await openStoreOf({ store: { locator: 'dotenv:.env', variables: {} } }, process.env)
 * ```
 */
export async function openStoreOf(
  { store, [OWN_STORES]: stores }: StoreOfFamily,
  env: Variables = {},
): Promise<OpenedStore> {
  return openStore(store.locator, { env: await variablesAt(store, env), startJitterMs: 0, stores })
}

/** Returns the variables that a place sets, and those of `env` that it leaves open. @throws {SecretError} if a file cannot be read */
export async function variablesAt({ variables }: StorePlace, env: Variables): Promise<Variables> {
  const own = await Promise.all(
    Object.entries(variables).map(async ([name, value]) => {
      return [name, typeof value === 'string' ? value : await readValue(value.file)] as const
    }),
  )
  return { ...env, ...Object.fromEntries(own) }
}

async function readValue(path: string): Promise<string> {
  const text = await readRegularFile(path).catch((error: unknown) => {
    throw fileError(error, path)
  })
  return text.trim()
}
