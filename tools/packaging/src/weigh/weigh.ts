import { findEntries, findPackages } from '../find-entries.ts'
import { measureCode } from './code.ts'
import { countNames } from './surface.ts'

/** Counts what a user, a reader and a maintainer of the repository at `root` have before them; each number has a name for people. */
export function weigh(root: string) {
  const entries = findEntries(root)
  const internal = findEntries(root, 'internal')
  const [names, internalNames] = countNames(entries, internal)
  const { files, lines, functions } = measureCode(root)
  const atShare = (share: number) => functions[Math.floor(functions.length * share)] ?? 0
  return {
    packages: findPackages(root).length,
    'public entry points': entries.length,
    'internal entry points': internal.length,
    'public names': names?.names ?? 0,
    'public names, distinct': names?.distinct ?? 0,
    'internal names': internalNames?.names ?? 0,
    'lines of code': lines,
    'files of code': files,
    functions: functions.length,
    'lines of a function, median': atShare(0.5),
    'lines of a function, 90 of 100': atShare(0.9),
  } as const satisfies Readonly<Record<string, number>>
}
