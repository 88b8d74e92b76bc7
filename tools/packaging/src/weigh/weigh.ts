import { type Entry, findEntries, findPackages, isIntegration } from '../find-entries.ts'
import { measureCode } from './code.ts'
import ts from 'typescript'

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

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  customConditions: ['@rekey/source'],
  allowImportingTsExtensions: true,
  noEmit: true,
  noLib: true,
  types: [],
}

/**
 * Counts the exports of each group of entries, as the compiler reads their sources: nothing needs to be built.
 * `names` has each name once for each entry that exports it, `distinct` each declaration once.
 */
function countNames(...groups: readonly (readonly Entry[])[]) {
  const files = groups.flat().map(({ file }) => file)
  const program = ts.createProgram(files, OPTIONS)
  const checker = program.getTypeChecker()
  const exportsOf = ({ name, file }: Entry) => {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) throw new TypeError(`the source of ${name} is no module: ${file}`)
    return checker.getExportsOfModule(module)
  }
  const declared = (symbol: ts.Symbol) =>
    (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol)
  return groups.map((entries) => {
    const exported = entries.flatMap(exportsOf)
    return { names: exported.length, distinct: new Set(exported.map(declared)).size }
  })
}
