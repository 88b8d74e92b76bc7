import { openTogether, type SecretSource, type SecretStore } from '@rekey/secret'
import type { SecretPolicy } from '@rekey/secret/internal'
import { openPlace, openStorePlace, parseLocator } from './open-place.ts'
import { type LocateOptions, Opening } from './opening.ts'

/** The source that {@link openSource} opens. Disposing it ends its watches, sessions and leases. */
export interface OpenedSource extends SecretSource, AsyncDisposable {
  /** Returns the policy of one secret in the sources file; empty for every other source. */
  policyFor(name: string): SecretPolicy
}

/** The store that {@link openStore} opens. Disposing it ends its watches, sessions and leases. */
export type OpenedStore = SecretStore & AsyncDisposable

/**
 * Opens the source that a locator names: `env`, `dotenv:PATH`, `mount:DIRECTORY`, `vault:MOUNT/PREFIX`, `aws:PREFIX`,
 * `kubernetes:NAMESPACE`, `file:PATH` for a sources file, or a store of `stores`. What it takes to reach a store comes from
 * the store's own variables in `env`.
 *
 * @throws {SecretError} `malformed` for a bad locator, sources file or variable; `refused` for a development source in
 *   production; `unreachable` if the driver of a store is not installed; what the source throws
 *
 * @example
 * ```ts
 * await using source = await openSource('mount:/run/secrets', { env: process.env })
 * ```
 */
export async function openSource(locator: string, options: LocateOptions): Promise<OpenedSource> {
  const parsed = parseLocator(locator, options.stores)
  return owning(options, async (opening) => {
    const source = await openPlace(parsed, opening)
    return isFile(source) ? source : Object.assign(source, { policyFor: () => ({}) })
  })
}

/**
 * Opens the store that a locator names.
 *
 * @throws {SecretError} `refused` for `env`, `mount`, `file` and others that cannot be written; and as {@link openSource}
 *
 * @example
 * ```ts
 * await using store = await openStore('vault:secret/vpn', { env: process.env })
 * ```
 */
export async function openStore(locator: string, options: LocateOptions): Promise<OpenedStore> {
  const parsed = parseLocator(locator, options.stores)
  return owning(options, (opening) => openStorePlace(parsed, opening))
}

function isFile(source: SecretSource): source is SecretSource & Pick<OpenedSource, 'policyFor'> {
  return 'policyFor' in source
}

/** Lets what `open` opens take everything with it that was opened on the way. */
function owning<T extends object>(
  options: LocateOptions,
  open: (opening: Opening) => Promise<T>,
): Promise<T & AsyncDisposable> {
  return openTogether(
    async (stack) => {
      const opened = await open(new Opening(options, stack))
      return Object.assign(opened, { [Symbol.asyncDispose]: () => stack.dispose() })
    },
    options.clock && { clock: options.clock },
  )
}
