import { findEntries, findPackages, isIntegration } from '../find-entries.ts'
import { measureCode } from './code.ts'
import { countNames } from './surface.ts'

/** Counts what a user, a reader and a maintainer of the repository at `root` have before them; each number has a name for people. */
export function weigh(root: string) {
  const folders = findPackages(root)
  const integrations = folders.filter(isIntegration)
  const all = findEntries(root)
  const ofIntegrations = integrations.map((of) => all.filter(({ folder }) => folder === of))
  const entries = all.filter(({ folder }) => !integrations.includes(folder))
  const internal = findEntries(root, 'internal')
  const [names, internalNames, ...theirNames] = countNames(entries, internal, ...ofIntegrations)
  const { files, lines, functions } = measureCode(root)
  const atShare = (share: number) => functions[Math.floor(functions.length * share)] ?? 0
  return {
    packages: folders.length - integrations.length,
    integrations: integrations.length,
    'entry points of the largest integration': most(ofIntegrations.map(({ length }) => length)),
    'names of the largest integration': most(theirNames.map(({ names: count }) => count)),
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

const most = (counts: readonly number[]) => Math.max(0, ...counts)
