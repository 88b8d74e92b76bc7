import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { reachesSecret } from './secret-reach.ts'

/** Files that declare a Secret, by how their importers get at it. */
const DECLARED = 'export class Secret { expose(): string { return "" } }'

describe('what a file can reach', () => {
  it.each([
    ['the type is declared in it', { 'main.ts': DECLARED }],
    ['it imports who declares it', { 'main.ts': "import { a } from './a'", 'a.ts': DECLARED }],
    [
      'it imports who imports it',
      { 'main.ts': "import './b'", 'b.ts': "export * from './a'", 'a.ts': DECLARED },
    ],
    [
      'it imports something while it runs',
      { 'main.ts': "const a = import('./b')", 'b.ts': 'export {}', 'a.ts': DECLARED },
    ],
    [
      'the type is declared for all, in a script',
      { 'main.ts': 'export const a = key', 'a.ts': 'interface Secret { expose(): string }' },
    ],
    [
      'the type is declared for all, in a module',
      {
        'main.ts': 'export const a = key',
        'a.ts': 'declare global { interface Secret { expose(): string } }\nexport {}',
      },
    ],
    [
      'the type is declared in a module that is only described',
      {
        'main.ts': "import { a } from 'vault'",
        'a.d.ts': `declare module 'vault' { ${DECLARED.replace('{ return "" }', '')} }`,
      },
    ],
    [
      'a module that it imports was given one by another file',
      {
        'main.ts': "import type { Request } from 'server'",
        'server.d.ts': "declare module 'server' { export interface Request { path: string } }",
        'b.ts':
          "import type { Secret } from './a'\ndeclare module 'server' { interface Request { key: Secret } }",
        'a.ts': DECLARED,
      },
    ],
    [
      'what all files have was given one by a file that imports it',
      {
        'main.ts': 'export const a = state.key',
        'b.ts': "import type { Secret } from './a'\ndeclare global { var state: { key: Secret } }",
        'a.ts': DECLARED,
      },
    ],
  ])('is a Secret where %s', (_, texts) => {
    expect(reachesFrom('main.ts', texts)).toBe(true)
  })

  it.each([
    ['nobody declares one', { 'main.ts': "import './a'", 'a.ts': 'export class Secrets {}' }],
    ['only others import it', { 'main.ts': 'export {}', 'b.ts': "import './a'", 'a.ts': DECLARED }],
    [
      'it is imported by who declares it',
      { 'main.ts': '', 'a.ts': `import './main'\n${DECLARED}` },
    ],
  ])('is no Secret where %s', (_, texts) => {
    expect(reachesFrom('main.ts', texts)).toBe(false)
  })
})

function reachesFrom(name: string, texts: Readonly<Record<string, string | undefined>>): boolean {
  const host: ts.CompilerHost = {
    fileExists: (file) => texts[file] !== undefined,
    readFile: (file) => texts[file],
    getSourceFile: (file, version) =>
      texts[file] === undefined ? undefined : ts.createSourceFile(file, texts[file], version, true),
    getDefaultLibFileName: () => 'lib.d.ts',
    getCurrentDirectory: () => '',
    getCanonicalFileName: (file) => file,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => undefined,
  }
  const program = ts.createProgram(Object.keys(texts), { noLib: true }, host)
  const file = program.getSourceFile(name)
  if (file === undefined) throw new Error(`there is no ${name}`)
  return reachesSecret(file, program)
}
