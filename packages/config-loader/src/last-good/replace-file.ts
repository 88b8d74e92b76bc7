import { open, rename, rm } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { fileError } from '@rekey/secret/file-errors'

/** For nobody but the user of the process. */
const MODE = 0o600

/**
 * Puts `text` into a file in one step: who reads it sees all of the old or all of the new, also after a crash.
 *
 * @throws {SecretError} `forbidden`, `missing` (its directory) or `unreachable`
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    const file = await open(draft, 'wx', MODE)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw fileError(error, path)
  }
}
