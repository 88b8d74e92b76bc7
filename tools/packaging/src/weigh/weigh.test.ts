import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { measureFile } from './code.ts'
import { measureCommands } from './commands.ts'
import { countWords } from './count-words.ts'
import { weigh } from './weigh.ts'

/** A repository with these files, as git would add them. */
function createRepository(files: Readonly<Record<string, string | object>>): string {
  const root = mkdtempSync(join(tmpdir(), 'rekey-weigh-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true })
  })
  execFileSync('git', ['init', '--quiet'], { cwd: root })
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    writeFileSync(join(root, path), text)
  }
  return root
}

const entry = (name: string) => ({
  '@rekey/source': `./src/${name}.ts`,
  types: `./dist/${name}.d.ts`,
  default: `./dist/${name}.js`,
})

it('a line counts if it has code, in a template and between tags too', () => {
  const text = `/** A comment. */
export const page = ( // and a comment beside code
  <p title={\`one

  two\`}>

    three
  </p>
)
/*
comment */ export const more = 1

`
  expect(measureFile('page.tsx', text).lines).toBe(7)
})

it('a function has the lines from its beginning to its end, without its docstring', () => {
  const text = `
/** Doc. */
function one() {
  return 1
}
const two = () => 2
class Three {
  get four() { return 4 }
}`
  expect(measureFile('a.ts', text).functions).toEqual([3, 1])
})

it('names are counted once for each public entry, and declarations once', () => {
  const root = createRepository({
    'packages/a/package.json': {
      name: 'a',
      exports: {
        '.': entry('index'),
        './more': entry('more'),
        './internal': entry('internal'),
        './tests': { '@rekey/source': './src/of.test.support.ts' },
        './package.json': './package.json',
      },
    },
    'packages/a/src/index.ts': `export type { Key } from './more.ts'\nexport const a = 1\n`,
    'packages/a/src/more.ts': 'export interface Key { teeth: number }\nexport const b = 1\n',
    'packages/a/src/internal.ts': 'export const c = 1\n',
    'packages/a/src/of.test.support.ts': 'export const d = 1\n',
    'packages/a/test/support.ts': 'export const e = 1\n',
    'packages/left/dist/index.js': '',
  })
  expect(weigh(root)).toMatchObject({
    packages: 1,
    'public entry points': 2,
    'internal entry points': 1,
    'public names': 4,
    'public names, distinct': 3,
    'internal names': 1,
    'files of code': 3 + 1,
    'lines of code': 5,
  })
})

it('words of pages by hand and of pages that a command writes are counted apart', () => {
  const root = createRepository({
    'README.md': '# Two words - here',
    'docs/reference/cli.md': 'one',
    'tools/x/README.md': 'not counted',
  })
  expect(Object.values(countWords(root))).toEqual([3, 1])
})

it('a command costs the files that it loads, of its own and of others, and processor time', () => {
  const root = createRepository({
    'package.json': { type: 'module' },
    'packages/a/package.json': { type: 'module', bin: { rekey: 'main.js' } },
    'packages/a/main.js': `import './own.js'\nimport 'foreign'\n`,
    'packages/a/own.js': 'export const own = 1\n',
    'node_modules/foreign/package.json': { main: 'index.js' },
    'node_modules/foreign/index.js': `require('./other.js')\n`,
    'node_modules/foreign/other.js': 'exports.other = 1\n',
  })
  const costs = measureCommands(root, 1)
  expect(costs).toMatchObject({
    'rekey --version: own files': 2,
    'rekey --version: files of others': 2,
  })
  expect(costs['rekey --version: processor time (ms)']).toBeGreaterThan(5)
})

it('a command that fails is reported with its output', () => {
  const root = createRepository({
    'packages/a/package.json': { bin: { rekey: 'main.js' } },
    'packages/a/main.js': `throw new Error('not built')\n`,
  })
  expect(() => measureCommands(root)).toThrow('not built')
})
