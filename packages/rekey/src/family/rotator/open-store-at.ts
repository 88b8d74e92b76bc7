import { fileError, readRegularFile } from '@rekey/secret/internal/files'
import { type OpenedStore } from '@rekey/config-loader/internal/locate'
import { openStore } from '@rekey/config-loader/store'
import type { StorePlace } from '../deployment.ts'

/** Environment variables, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>

/**
 * Opens the store at a place, logged in as the place declares; what it leaves open comes from `env`.
 *
 * @throws {SecretError} as `openStore`, and if a file of a variable cannot be read
 *
 * @example
 * ```ts
 * await using store = await openStoreAt({ locator: 'dotenv:.env', variables: {} }, process.env)
 * ```
 */
export async function openStoreAt(place: StorePlace, env: Variables = {}): Promise<OpenedStore> {
  return openStore(place.locator, { env: await variablesAt(place, env), startJitterMs: 0 })
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
