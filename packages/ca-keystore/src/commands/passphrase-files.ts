import { constants } from 'node:fs'
import { access, lstat, open, realpath, rm, stat } from 'node:fs/promises'
import { dirname, relative, sep } from 'node:path'
import { checkPassphraseOrigin } from '../passphrase-origin.ts'
import { generatePassphraseBytes } from '../generate-passphrase.ts'
import { type Secret, SecretError } from '@rekey/secret'
import { errnoOf, fileError, MADE, syncDirectory, writeNewFile } from '@rekey/secret/internal/files'
import { type CliContext, UsageError } from '@rekey/rekey/internal/command'
import { readNewPassphrase } from './read-passphrase.ts'

/** As many as a revocation list may have. */
const MAX_PUBLIC_BYTES = 8 * 1024 * 1024
const NEWLINE = Buffer.from('\n')
const MAX_KEY_BYTES = 256 * 1024

/** Reads a small file that may be public. @param flag the flag that names the file @throws {SecretError} */
export async function readPublicFile(path: string, flag: string): Promise<string> {
  return (await readPublicBytes(path, flag)).toString('utf8')
}

/** Reads a small file that may be public, and need not be text. @throws {SecretError} as {@link readPublicFile} */
export async function readPublicBytes(path: string, flag: string): Promise<Buffer> {
  const called = `the file of ${flag}`
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await file.stat()
    if (!stat.isFile() || stat.size > MAX_PUBLIC_BYTES) {
      throw malformed(`${called} is no file of at most 8 MiB; name another`)
    }
    return await file.readFile()
  } catch (error) {
    throw fileError(error, called)
  }
}

/** The bytes of a file of at most 256 KiB. @throws {SecretError} */
export async function readSmallFile(path: string): Promise<Buffer> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await file.stat()
    if (stat.isFile() && stat.size <= MAX_KEY_BYTES) return await file.readFile()
    throw malformed(`${path} is no file of at most 256 KiB; name another`)
  } catch (error) {
    throw fileError(error, path)
  }
}

/** Where a new passphrase comes from. */
export interface NewPassphrase {
  /** The value of the flag that names one, as `readNewPassphrase` takes it. */
  readonly file?: string | undefined
  /** Absolute path of a file to be made for a generated one. */
  readonly out?: string | undefined
  /** The flags that name these two. */
  readonly flags: readonly [file: string, out: string]
  /** The keystores that may not contain it; one that is to be made need not exist. */
  readonly keystores: readonly string[]
}

/** The failures that leave everything as it was. After any other, the key may already need the new passphrase. */
const UNCHANGED = ['rejected', 'malformed', 'conflict', 'refused', 'missing']

/**
 * Passes a new passphrase to `use`, and wipes it after that: one that a flag names, or one that is generated and is in its own file (0600) before it is used, so that no
 * key needs a passphrase that was lost. If nothing came of it, the file is removed.
 *
 * @throws {UsageError} unless exactly one of the two files is named
 * @throws {SecretError} `refused` for a file inside of a keystore, `conflict` if the one to be made exists, and the errors of `use`
 */
export async function withNewPassphrase(
  { file, out, flags: [fileFlag, outFlag], keystores }: NewPassphrase,
  context: Pick<CliContext, 'cwd' | 'signal'>,
  use: (passphrase: Secret<Uint8Array>) => Promise<void>,
): Promise<void> {
  if (file !== undefined && out === undefined) {
    using given = await readNewPassphrase(file, fileFlag, context)
    for (const keystore of keystores) {
      if (await ifThere(keystore, stat(keystore))) {
        await checkPassphraseOrigin(keystore, given.origin)
      }
    }
    await use(given.value)
    return
  }
  if (out === undefined || file !== undefined) {
    const ways = `${fileFlag} FILE for one of your own, or ${outFlag} FILE for a generated one`
    throw new UsageError(`which passphrase? name ${ways}`)
  }
  using value = generatePassphraseBytes()
  using line = value.map((bytes) => Buffer.concat([bytes, NEWLINE]))
  await writePrivateFile(out, line.expose(), keystores)
  try {
    await use(value)
  } catch (error) {
    if (error instanceof SecretError && UNCHANGED.includes(error.code)) await rm(out)
    throw error
  }
}

/**
 * Writes a new file (0600) outside of the keystores, through to the disk.
 *
 * @param path absolute
 * @throws {SecretError} `refused` for a place inside of a keystore, `conflict` if it exists, `missing`, `forbidden`, `unreachable`
 */
export async function writePrivateFile(
  path: string,
  text: string | Uint8Array,
  keystores: readonly string[],
): Promise<void> {
  await checkOutside(path, keystores)
  try {
    await writeNewFile(path, text)
    await syncDirectory(dirname(path))
  } catch (error) {
    // Half of a file is of no use; where none was made, this fails too.
    if (errnoOf(error) !== 'EEXIST') await rm(path, { force: true }).catch(() => undefined)
    throw fileError(error, path, NOT_MADE)
  }
}

const NOT_MADE = {
  ...MADE,
  EEXIST: ['conflict', 'exists, and is never replaced; name another file'],
} as const

/**
 * Checks that {@link writePrivateFile} can make a file, before work whose result would be lost otherwise.
 *
 * @throws {SecretError} as {@link writePrivateFile}
 */
export async function checkNewPath(path: string, keystores: readonly string[] = []): Promise<void> {
  await checkOutside(path, keystores)
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK)
  } catch (error) {
    throw fileError(error, path, NOT_MADE)
  }
  if ((await ifThere(path, lstat(path))) === undefined) return
  throw new SecretError('conflict', `${path} ${NOT_MADE.EEXIST[1]}`, { path })
}

async function checkOutside(path: string, keystores: readonly string[]): Promise<void> {
  for (const keystore of keystores) {
    if (await isInside(keystore, path)) throw beside(path, keystore)
  }
}

/** Whether a file to be made comes to lie in `directory`: by its path, a symbolic link on it, or a mount. */
async function isInside(directory: string, path: string): Promise<boolean> {
  if (relative(directory, path).split(sep)[0] !== '..') return true
  const keystore = await ifThere(directory, stat(directory, { bigint: true }))
  const parent = await ifThere(path, realpath(dirname(path)))
  if (keystore === undefined || parent === undefined) return false
  for (let above = parent; ; above = dirname(above)) {
    const { dev, ino } = await stat(above, { bigint: true })
    if (dev === keystore.dev && ino === keystore.ino) return true
    if (above === dirname(above)) return false
  }
}

async function ifThere<T>(path: string, look: Promise<T>): Promise<T | undefined> {
  return look.catch((error: unknown) => {
    const failure = fileError(error, path)
    if (failure instanceof SecretError && failure.code === 'missing') return undefined
    throw failure
  })
}

function malformed(message: string): SecretError {
  return new SecretError('malformed', message)
}

function beside(path: string, keystore: string): SecretError {
  const message = `${path} would lie in the keystore ${keystore}; name a file in another directory, on another volume`
  return new SecretError('refused', message, { reason: 'beside-key', path })
}
