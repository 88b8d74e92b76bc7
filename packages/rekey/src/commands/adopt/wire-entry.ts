import { posix } from 'node:path'
import type { Manifest } from './manifest.ts'
import type { EntrySyntax } from './source-survey.ts'

/** How the modules that adoption writes are written: in the language and module system of the entry that imports them. */
export interface ModuleStyle {
  /** Beside the entry: `src`. */
  readonly folder: string
  /** `.ts`, `.js`, `.mjs` or `.cjs` */
  readonly extension: string
  readonly isModule: boolean
  /** The ending by which the entry imports its neighbours. */
  readonly specifierEnd: string
  readonly quote: string
  readonly semicolon: string
}

type Entry = EntrySyntax['entry']

/** A text as a literal of JavaScript, in single quotes where it has no sign of its own. */
export function literal(text: string): string {
  if (/^[\w@./ -]*$/.test(text)) return `'${text}'`
  return JSON.stringify(text).replaceAll("'", String.raw`\u0027`)
}

/** Chooses the style of new modules by the entry beside which they lie. */
export function styleOf(path: string, entry: Entry, manifest: Manifest): ModuleStyle {
  const folder = posix.dirname(path)
  const { quote, hasSemicolons, specifiers } = entry
  const isModule = isModuleFile(path, entry, manifest)
  const style = { folder, quote, semicolon: hasSemicolons ? ';' : '' }
  const end = posix.extname(path)
  if (/^\.[cm]?tsx?$/.test(end)) {
    const ends = specifiers.map((one) => posix.extname(one)).find((one) => /^\.[jt]s$/.test(one))
    const isBare = specifiers.length > 0 ? ends === undefined : !manifest.isModule
    return {
      ...style,
      extension: '.ts',
      isModule: true,
      specifierEnd: isBare ? '' : (ends ?? '.js'),
    }
  }
  const extension = extensionOf(end, isModule, manifest.isModule)
  return { ...style, extension, isModule, specifierEnd: extension }
}

/** A file without `import` and `export` is a module by its ending, or else by its package. */
function isModuleFile(path: string, entry: Entry, manifest: Manifest): boolean {
  const end = posix.extname(path)
  if (end === '.mjs' || end === '.cjs') return end === '.mjs'
  return entry.isModule || manifest.isModule
}

/** `.js` wherever the package itself means the module system of the entry by it. */
function extensionOf(end: string, isModule: boolean, isModulePackage: boolean): string {
  if (end === '.mjs' || end === '.cjs') return end
  return isModule === isModulePackage || isModule ? '.js' : '.cjs'
}

/** Puts the line that loads `module` into the text of an entry; the same text where it is there already. */
export function wireEntry(
  text: string,
  {
    path,
    entry,
    module,
    style,
  }: {
    readonly path: string
    readonly entry: Entry
    readonly module: string
    readonly style: ModuleStyle
  },
): string {
  const { dir, base } = posix.parse(posix.relative(posix.dirname(path), module))
  const near = posix.join(dir, base.slice(0, -posix.extname(base).length))
  const specifier = `${near.startsWith('.') ? '' : './'}${near}${style.specifierEnd}`
  const { quote, hasSemicolons, at, isAfter } = entry
  const { isModule } = style
  const name = literal(specifier).replaceAll("'", quote)
  if (text.includes(name)) return text
  const isPlain = isModule && (!isAfter || entry.isImport === true || /\.[cm]?tsx?$/.test(path))
  const statement = isPlain
    ? `import ${name}`
    : isModule
      ? `await import(${name})`
      : `require(${name})`
  // Without one, a line that begins with a bracket would go on with the call.
  const goesOn = !isPlain && /^\s*[([`+\-/]/.test(text.slice(at))
  const line = `${statement}${hasSemicolons || goesOn ? ';' : ''}`
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const added = isAfter ? `${newline}${line}` : `${line}${newline}`
  return text.slice(0, at) + added + text.slice(at)
}
