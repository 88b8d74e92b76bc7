import { readFile, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import ts from 'typescript'

interface Manifest {
  readonly exports: Readonly<
    Record<string, string | { readonly types?: string; readonly require?: object }>
  >
}

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  skipLibCheck: true,
  types: [],
}

/**
 * Writes what the `require` conditions of built packages name, beside each module of ES that they export: a module that requires
 * it, which Node.js 20.19 allows, and its types as CommonJS. Where the module has a default export, that is what is required.
 *
 * TypeScript with `"module": "node16"` lets a CommonJS module take types from a module of ES, with a resolution mode, and no
 * values. So each value is declared anew, with the type that it has there.
 *
 * @param folders of the packages
 * @throws {TypeError} if a package is not built
 */
export async function writeCommonJsEntries(folders: readonly string[]): Promise<void> {
  const entries = (await Promise.all(folders.map(findEntries))).flat()
  const program = ts.createProgram(entries, OPTIONS)
  const checker = program.getTypeChecker()
  for (const entry of entries) {
    const file = program.getSourceFile(entry)
    const module = file && checker.getSymbolAtLocation(file)
    if (module === undefined) throw new TypeError(`${entry} is no module; build the package`)
    const exported = checker.getExportsOfModule(module)
    const byDefault = exported.some(({ name }) => name === 'default')
    const path = entry.replace(/\.d\.ts$/, '')
    const source = `./${basename(path)}.js`
    const required = `require('${source}')${byDefault ? '.default' : ''}`
    await writeFile(`${path}.cjs`, `module.exports = ${required}\n`)
    const types = byDefault ? declareDefault(source) : declareAll(checker, exported, source)
    await writeFile(`${path}.d.cts`, types)
  }
}

/** The declarations of the entries that have a `require` condition. */
async function findEntries(folder: string): Promise<string[]> {
  const { exports } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
  return Object.values(exports).flatMap((target) =>
    typeof target === 'object' && target.require !== undefined && target.types !== undefined
      ? [resolve(folder, target.types)]
      : [],
  )
}

const MODE = `with { 'resolution-mode': 'import' }`

function declareDefault(source: string): string {
  return `import type byDefault from '${source}' ${MODE}
declare const required: typeof byDefault
export = required
`
}

function declareAll(
  checker: ts.TypeChecker,
  exported: readonly ts.Symbol[],
  source: string,
): string {
  const values = exported.flatMap((symbol) => declareValue(checker, symbol))
  return [
    `import type * as esm from '${source}' ${MODE}`,
    `export type * from '${source}' ${MODE}`,
    ...values,
    '',
  ].join('\n')
}

/** A value, and the type of its name where there is one; what is only a type is exported with the module. */
function declareValue(checker: ts.TypeChecker, symbol: ts.Symbol): string[] {
  const { name } = symbol
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
  const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol
  if ((target.flags & ts.SymbolFlags.Value) === 0 || isTypeOnly(symbol)) return []
  const value = `export declare const ${name}: typeof esm.${name}`
  if ((target.flags & ts.SymbolFlags.Type) === 0) return [value]
  const parameters = (target.declarations ?? []).flatMap(parametersOf)
  const declared = parameters.map((parameter) => parameter.getText()).join(', ')
  const given = parameters.map((parameter) => parameter.name.text).join(', ')
  const [left, right] = parameters.length === 0 ? ['', ''] : [`<${declared}>`, `<${given}>`]
  return [value, `export type ${name}${left} = esm.${name}${right}`]
}

function isTypeOnly(symbol: ts.Symbol): boolean {
  const specifiers = symbol.declarations?.filter(ts.isExportSpecifier) ?? []
  return specifiers.some(({ isTypeOnly, parent }) => isTypeOnly || parent.parent.isTypeOnly)
}

function parametersOf(declaration: ts.Declaration): readonly ts.TypeParameterDeclaration[] {
  const isGeneric =
    ts.isClassDeclaration(declaration) ||
    ts.isInterfaceDeclaration(declaration) ||
    ts.isTypeAliasDeclaration(declaration)
  return isGeneric ? (declaration.typeParameters ?? []) : []
}
