import { dirname, join } from 'node:path'
import ts from 'typescript'
import { CORPUS, type Snippet } from './corpus.support.ts'

/**
 * One program of all `snippets`, with the random values they have in memory. A linter that asks a project service instead has
 * the types of Node and of the language checked anew for each rule, and for each file that differs from the one on disk.
 */
export function programOf(snippets: readonly Snippet[]): ts.Program {
  const file = join(CORPUS, 'tsconfig.json')
  const { config } = ts.readConfigFile(file, (path) => ts.sys.readFile(path)) as { config: unknown }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(file))
  const codes = new Map(snippets.map((snippet) => [snippet.file, snippet.code]))
  const host = ts.createCompilerHost(options, true)
  const onDisk = host.readFile.bind(host)
  host.readFile = (path) => codes.get(path) ?? onDisk(path)
  return ts.createProgram([...codes.keys()], options, host)
}
