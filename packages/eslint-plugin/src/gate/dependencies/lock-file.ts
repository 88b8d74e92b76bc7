/** The used part of a package's entry in `package-lock.json`. */
interface LockEntry {
  readonly version?: string
  /** Another name than that of its folder, where it is installed under an alias. */
  readonly name?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly hasInstallScript?: boolean
}

/** A package that is installed. */
export interface LockedPackage {
  /** Its key in the lock: `node_modules/esbuild` */
  readonly path: string
  readonly name: string
  readonly entry: LockEntry
}

const FOLDER = 'node_modules/'

/**
 * Lists what a `package-lock.json` installs into `node_modules`: packages, and links to the members of the workspace.
 *
 * @throws {SyntaxError} if it is no JSON
 */
export function readLock(text: string): LockedPackage[] {
  const { packages = {} } = JSON.parse(text) as { packages?: Readonly<Record<string, LockEntry>> }
  return Object.entries(packages)
    .filter(([path]) => path.includes(FOLDER))
    .map(([path, entry]) => ({
      path,
      name: entry.name ?? path.slice(path.lastIndexOf(FOLDER) + FOLDER.length),
      entry,
    }))
}

/** The line on which `text`, a JSON file, has the key, counted from 1; 1 if none has. */
export function lineOfKey(text: string, key: string): number {
  const at = text.indexOf(`${JSON.stringify(key)}:`)
  return at < 0 ? 1 : text.slice(0, at).split('\n').length
}
