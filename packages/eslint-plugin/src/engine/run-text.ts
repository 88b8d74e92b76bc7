import type { SourceCode } from './syntax/nodes.ts'

const TYPE_IMPORTS = /^import type [^'"]*['"][^'"\n]*['"]/gm

const KNOWN = new WeakMap<SourceCode, string>()

/** The text of a file without the imports that are only of types: of a module that it does not run, it calls nothing. */
export function runText(source: SourceCode): string {
  const known = KNOWN.get(source) ?? source.text.replaceAll(TYPE_IMPORTS, '')
  KNOWN.set(source, known)
  return known
}
