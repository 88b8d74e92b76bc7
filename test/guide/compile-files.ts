import { join, relative } from 'node:path'
import ts from 'typescript'

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  experimentalDecorators: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
}

/** Type-checks files against what is installed in `folder`, and returns what the compiler reports of them. */
export function compileFiles(folder: string, files: readonly string[]): string[] {
  const typeRoots = [join(folder, 'node_modules/@types')]
  const program = ts.createProgram(files, { ...OPTIONS, typeRoots })
  return files.flatMap((file) => {
    const source = program.getSourceFile(file)
    return ts.getPreEmitDiagnostics(program, source).map(({ messageText, start = 0 }) => {
      const line = source?.text.slice(0, start).split('\n').length ?? 0
      return `${relative(folder, file)}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}
