import type ts from 'typescript'

/** In the text of every file that declares a type called `Secret`. */
const DECLARES_SECRET = /\b(?:class|interface|type)\s+Secret\b/
/** Code that adds to the types that other files have anyway: `declare module 'fastify' { … }`. */
const ADDS_TO_OTHERS = /\bdeclare\s+(?:global|module)\b/
/** Imports that stand anywhere in a file, and not among its statements. */
const IMPORTS_INSIDE = /\b(?:import|require)\s*\(/

const REACHING = new WeakMap<ts.Program, ReadonlySet<ts.SourceFile>>()

/**
 * Whether a `Secret` could be in hand in `file`, whatever its name there: the file declares the type, or imports one that
 * does, over any number of files. Found once for all files of `program`; to ask for the types in a file takes far longer.
 */
export function reachesSecret(file: ts.SourceFile, program: ts.Program): boolean {
  const reaching = REACHING.get(program) ?? filesThatReach(program)
  REACHING.set(program, reaching)
  return reaching.has(file)
}

function filesThatReach(program: ts.Program): ReadonlySet<ts.SourceFile> {
  // The compiler's own libraries, larger than most programs, declare none.
  const files = program.getSourceFiles().filter((file) => !program.isSourceFileDefaultLibrary(file))
  const reaching = new Set(files.filter(({ text }) => DECLARES_SECRET.test(text)))
  if (reaching.size === 0) return reaching
  const checker = program.getTypeChecker()
  // Where these lead is not asked: it costs more than to look at such a file.
  for (const file of files) {
    if (!file.isDeclarationFile && IMPORTS_INSIDE.test(file.text)) reaching.add(file)
  }
  const importers = importersOf(files, checker)
  // What is added to a set while it is walked is walked too.
  for (const file of reaching) {
    if (isSeenEverywhere(file, checker)) return new Set(files)
    for (const importer of importers.get(file) ?? []) reaching.add(importer)
  }
  return reaching
}

/** Whether files may have what `file` declares without an import of it. Only modules have a symbol. */
function isSeenEverywhere(file: ts.SourceFile, checker: ts.TypeChecker): boolean {
  return ADDS_TO_OTHERS.test(file.text) || checker.getSymbolAtLocation(file) === undefined
}

/** Which files import a file. */
function importersOf(files: readonly ts.SourceFile[], checker: ts.TypeChecker) {
  const importers = new Map<ts.Node, ts.SourceFile[]>()
  for (const importer of files) {
    for (const statement of importer.statements) {
      for (const file of filesNamedIn(statement, checker)) {
        importers.set(file, [...(importers.get(file) ?? []), importer])
      }
    }
  }
  return importers
}

/** The files that an import or export names, and none for all other statements. */
function filesNamedIn(statement: ts.Statement, checker: ts.TypeChecker): readonly ts.Node[] {
  const { moduleSpecifier } = statement as Partial<ts.ImportDeclaration>
  if (moduleSpecifier === undefined) return []
  return checker.getSymbolAtLocation(moduleSpecifier)?.declarations ?? []
}
