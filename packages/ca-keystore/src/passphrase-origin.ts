import { opendir, realpath, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import type { FileOrigin, SecretOrigin } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/internal/files'
import { explained } from './file-errors.ts'

/** A keystore has a handful of files; a directory of more is something else. */
const MAX_ENTRIES = 10_000

/**
 * Checks that a copy of the keystore does not contain the passphrase that opens it.
 *
 * @param origin what the source of the passphrase reported
 * @throws {SecretError} `refused` if it was read from a file in `directory` or a folder of it, by any name: through a symbolic
 *   link, a hard link or a bind mount; or if the source reported nothing
 */
export async function checkPassphraseOrigin(
  directory: string,
  origin: SecretOrigin | undefined,
): Promise<void> {
  if (origin === undefined) throw unknownOrigin()
  if (origin.kind !== 'file') return
  const keystore = await resolved(directory)
  const paths = [resolve(origin.path), await resolved(origin.path)]
  if (paths.some((path) => isInside(keystore, path))) throw beside(origin.path)
  if ((await holds(keystore, origin)) && (await isStill(origin))) throw beside(origin.path)
}

/** Once a file is replaced, a new file of the keystore can get its number. */
async function isStill({ path, device, inode }: FileOrigin): Promise<boolean> {
  try {
    const found = await stat(path, { bigint: true })
    return found.dev.toString() === device && found.ino.toString() === inode
  } catch (error) {
    throw explained(path, error)
  }
}

function isInside(directory: string, path: string): boolean {
  return relative(directory, path).split(sep)[0] !== '..'
}

/** Whether a file in the tree, or one that a link in it leads to, is the file of `origin`. */
async function holds(directory: string, { device, inode }: FileOrigin): Promise<boolean> {
  let entries = 0
  for await (const entry of await opendir(directory, { recursive: true })) {
    entries += 1
    if (entries > MAX_ENTRIES) throw tooMany(directory)
    const path = join(entry.parentPath, entry.name)
    const found = await stat(path, { bigint: true }).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ELOOP') return undefined
      throw explained(path, error)
    })
    if (found?.dev.toString() === device && found.ino.toString() === inode) return true
  }
  return false
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    throw explained(path, error)
  }
}

function beside(location: string): SecretError {
  return new SecretError(
    'refused',
    `the CA passphrase (${location}) lies beside the key that it opens, itself or by a link; keep it in another directory, ` +
      'on another volume, and remove it and its links from the keystore',
    { reason: 'passphrase-beside-key', location },
  )
}

function unknownOrigin(): SecretError {
  return new SecretError(
    'refused',
    'the source of the CA passphrase does not report where it read it, so it may lie beside the key; read it from a file ' +
      '(NAME_FILE), a mounted directory or a store of @rekey/config-loader, or have the source report `origin`',
    { reason: 'passphrase-origin' },
  )
}

function tooMany(directory: string): SecretError {
  return new SecretError(
    'refused',
    `${directory} has more than ${MAX_ENTRIES} files; name a directory that holds the keystore alone`,
    { reason: 'passphrase-origin', directory },
  )
}
