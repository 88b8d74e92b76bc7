import { createRequire } from 'node:module'
import { SecretError } from './errors.ts'

/** The part of a package.json about versions, its own and those of other packages that go with it. */
interface Manifest {
  readonly version?: string
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/**
 * The command that installs optional peers of a package, in the versions that its package.json takes, for the message about an absent one:
 * `npm install "pkcs11js@>=2.1"`. Without a version where the package is part of a bundle, which has no package.json.
 *
 * @param url `import.meta.url` of a module of the package
 * @param name the name of the package, whose `exports` have `./package.json`
 */
export function installCommand(url: string, name: string, ...peers: readonly string[]): string {
  const { peerDependencies = {} } = readManifest(url, name)
  const ranges = peers.map((peer) => {
    const range = peerDependencies[peer]
    return range === undefined ? peer : `"${peer}@${range}"`
  })
  return ['npm install', ...ranges].join(' ')
}

/** The words of Node.js, and those of its CommonJS loader. */
const NOT_FOUND =
  /^Cannot find (?:package|module) '((?:@[a-z\d~-][\w.~-]*\/)?[a-z\d~-][\w.~-]*)(?:\/[\w./-]*)?'/
const NOT_FOUND_CODES: readonly unknown[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']

/**
 * Describes the failed import of a package that is not installed, with the command that installs it; undefined for any other error. Of the
 * error it repeats the name of the package alone.
 */
export function describeMissingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && NOT_FOUND_CODES.includes(error.code))) return
  const name = NOT_FOUND.exec(error.message)?.[1]
  return name && `the package ${name} is not installed: npm install ${name}`
}

/**
 * The version of a package; undefined where it is part of a bundle, which has no package.json.
 *
 * @param url `import.meta.url` of a module of the package
 */
export function versionOfPackage(url: string, name: string): string | undefined {
  return readManifest(url, name).version
}

function readManifest(url: string, name: string): Manifest {
  try {
    return createRequire(url)(`${name}/package.json`) as Manifest
  } catch {
    return {}
  }
}

/** An optional peer of a package, and what needs it, in words. */
interface Peer {
  /** `import.meta.url` of a module of the package. */
  readonly url: string
  readonly of: string
  readonly name: string
  /** "the rotation at Redis". */
  readonly need: string
}

/** Imports an optional peer. @throws {SecretError} `refused` with the command that installs it, where it is not installed */
export async function importPeer<T>(
  { url, of, name, need }: Peer,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (describeMissingPackage(error) === undefined) throw error
    const command = installCommand(url, of, name)
    throw new SecretError('refused', `${need} needs ${name}, which is not installed: ${command}`)
  }
}
