import { type Secret, SecretError } from '@rekey/secret'
import { openStore } from '@rekey/config-loader/store'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { storesFor } from './family-here.ts'
import type { Places } from './places.ts'

/**
 * Checks that a store can be read and does not have a secret, which is then created there in the form that a rotation can change.
 *
 * @throws {UsageError} if it has it; {@link SecretError} if it cannot be opened or read
 */
export async function openPlaceInStore(
  name: string,
  locator: string,
  context: CliContext,
): Promise<Places> {
  const stores = await storesFor(locator, context)
  const open = () => openStore(locator, { env: context.env, startJitterMs: 0, stores })
  const isThere = async () => {
    await using store = await open()
    try {
      await store.read(name)
      return true
    } catch (error) {
      if (error instanceof SecretError && error.code === 'missing') return false
      throw error
    }
  }
  if (await isThere()) {
    throw new UsageError(`${locator} has ${name} already: rotate it`)
  }
  return {
    paths: [locator],
    async place(value: Secret) {
      await using store = await open()
      await store.create(name, value)
    },
    // Commands that would take a value back offer no store.
    remove: () => Promise.resolve(),
  }
}
