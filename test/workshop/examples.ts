import { join } from 'node:path'
import { withImports } from '@rekey/test-support'
import { findEntries } from '@rekey/packaging'
import ts from 'typescript'

const FACTORY = /^(?:define|create|open|load|issue)[A-Z]/
const BLOCK = /```ts\n([\s\S]*?)```/

/** A public factory, and the `ts` block of its example. */
export interface Factory {
  readonly entry: string
  readonly name: string
  readonly example: string | undefined
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.NodeNext,
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  customConditions: ['@rekey/source'],
}

/** The packages of a repository, compiled. */
interface Packages {
  readonly root: string
  readonly entries: ReadonlyMap<string, string>
  readonly program: ts.Program
}

export function loadPackages(root: string): Packages {
  const entries = new Map(findEntries(root).map(({ name, file }) => [name, file]))
  return { root, entries, program: ts.createProgram([...entries.values()], OPTIONS) }
}

/** Reads the factories that the packages export, each from the first entry that has it. */
export function findFactories({ entries, program }: Packages): Factory[] {
  const checker = program.getTypeChecker()
  const seen = new Set<ts.Symbol>()
  return [...entries].flatMap(([entry, file]) =>
    exportsOf(program, file).flatMap((exported) => {
      const symbol =
        exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      const isValue = symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Variable)
      if (!FACTORY.test(exported.name) || !isValue || seen.has(symbol)) return []
      seen.add(symbol)
      const tag = symbol.getJsDocTags(checker).find(({ name }) => name === 'example')
      const example = BLOCK.exec(ts.displayPartsToString(tag?.text))?.[1]
      return [{ entry, name: exported.name, example }]
    }),
  )
}

function exportsOf(program: ts.Program, file: string): ts.Symbol[] {
  const source = program.getSourceFile(file)
  const symbol = source && program.getTypeChecker().getSymbolAtLocation(source)
  return symbol ? program.getTypeChecker().getExportsOfModule(symbol) : []
}

/**
 * Compiles the examples in one program, each as a module of its own. A name that an example does not declare is imported:
 * from the entry of the factory, from `values` (the text of a module), from another entry, or `z` of zod.
 *
 * @returns what the compiler reports, by factory
 */
export function compileExamples(
  { root, entries, program: first }: Packages,
  factories: readonly Factory[],
  values: string,
): string[] {
  const folder = join(root, 'test/workshop')
  const valuesFile = join(folder, 'virtual-values.ts')
  const exported = new Map(
    [...entries].map(([entry, file]) => [entry, exportsOf(first, file).map(({ name }) => name)]),
  )
  const valueNames = Array.from(values.matchAll(/^export declare const (\w+)/gm), ([, n = '']) => n)
  const files = new Map([[valuesFile, values]])
  for (const { entry, name, example = '' } of factories) {
    const sources = [
      [entry, exported.get(entry) ?? []],
      ['./virtual-values.ts', valueNames],
      ...exported,
      ['zod', ['z']],
    ] as const
    files.set(join(folder, `virtual-${name}.ts`), withImports(example, sources))
  }
  const disk = ts.createCompilerHost(OPTIONS)
  const host: ts.CompilerHost = {
    ...disk,
    readFile: (path) => files.get(path) ?? disk.readFile(path),
    fileExists: (path) => files.has(path) || disk.fileExists(path),
    getSourceFile(path, options, ...rest) {
      const text = files.get(path)
      if (text === undefined) return disk.getSourceFile(path, options, ...rest)
      return ts.createSourceFile(path, text, {
        languageVersion: ts.ScriptTarget.ES2023,
        impliedNodeFormat: ts.ModuleKind.ESNext,
      })
    },
  }
  const program = ts.createProgram([...files.keys()], OPTIONS, host, first)
  return [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path)
    return ts.getPreEmitDiagnostics(program, source).map(({ messageText, start = 0 }) => {
      const text = ts.flattenDiagnosticMessageText(messageText, ' ')
      const line = source?.text.slice(0, start).split('\n').length ?? 0
      return `${path.slice(folder.length + 1)}:${line} ${text}`
    })
  })
}
