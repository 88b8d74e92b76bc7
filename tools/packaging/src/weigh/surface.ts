import ts from 'typescript'
import type { Entry } from '../find-entries.ts'

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
export function countNames(...groups: readonly (readonly Entry[])[]) {
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
