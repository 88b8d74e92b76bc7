import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Writes a file that only this user can read, in a directory of that kind, and gives its path. */
export async function writePrivateFile(
  directory: string,
  name: string,
  text: string,
): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, name)
  await writeFile(path, text, { mode: 0o600 })
  return path
}
