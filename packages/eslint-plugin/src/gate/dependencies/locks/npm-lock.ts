import { hasSha512, type LockReader, newLineFinder, objectIn, type Origin, textIn } from './lock.ts'

const FOLDER = 'node_modules/'

/** Reads what a `package-lock.json` or `npm-shrinkwrap.json` installs into `node_modules`: packages, and links to the members of the workspace. */
export const readNpmLock: LockReader = (text) => {
  const { packages } = objectIn(JSON.parse(text))
  const lineOf = newLineFinder(text, 'packages')
  const entries = Object.entries(objectIn(packages))
    .filter(([path]) => path.includes(FOLDER))
    .map(([path, value]) => ({ path, entry: objectIn(value) }))
  return {
    packages: entries.map(({ path, entry }) => ({
      path,
      // Another name than that of its folder, where it is installed under an alias.
      name: textIn(entry['name']) ?? path.slice(path.lastIndexOf(FOLDER) + FOLDER.length),
      version: textIn(entry['version']),
      line: lineOf(path),
      origin: originOf(entry),
      hasScript: entry['hasInstallScript'] === true,
    })),
    members: entries.flatMap(({ entry }) =>
      entry['link'] === true ? (textIn(entry['resolved']) ?? []) : [],
    ),
    unstated: [],
  }
}

function originOf(entry: Readonly<Record<string, unknown>>): Origin {
  const url = textIn(entry['resolved'])
  if (entry['link'] === true) return { kind: 'folder', path: url ?? '..' }
  if (entry['inBundle'] === true) return { kind: 'bundle' }
  return { kind: 'tarball', url, hasDigest: hasSha512(entry['integrity']) }
}
