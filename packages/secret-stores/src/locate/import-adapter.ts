import { SecretError } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/file-errors'

const NOT_FOUND: readonly unknown[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']

/**
 * Imports an adapter whose driver is an optional peer.
 *
 * @param peer the npm package of the driver
 * @throws {SecretError} `unreachable` if it is not installed, with the command that installs it
 */
export async function importAdapter<T>(peer: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof Error) || !NOT_FOUND.includes(errnoOf(error))) throw error
    if (!error.message.includes(`'${peer}'`)) throw error
    throw new SecretError(
      'unreachable',
      `the package ${peer} is needed for that source and not installed: npm install ${peer}`,
      { package: peer },
    )
  }
}
