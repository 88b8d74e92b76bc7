import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { runProgram } from '@rekey/rekey/internal/run-program'
import plugin from '@rekey/eslint-plugin'
import { ESLint, type Linter } from 'eslint'
import { describe, expect, it } from 'vitest'
import { newRepository } from './repository.ts'

type Files = Readonly<Record<string, string>>

/** The file `path` after `rekey init --write` in a new repository of these files, or in a folder. */
async function after(path: string, files: Files | string): Promise<string> {
  const cwd = typeof files === 'string' ? files : await newRepository(files)
  await runProgram(['init', '--write'], { cwd })
  return readFile(join(cwd, path), 'utf8')
}

const manifest = (more: object) => JSON.stringify({ name: 'shop', ...more })

it.each<[string, string, Files, string]>([
  [
    'a script of CommonJS',
    'server.js',
    {
      'package.json': manifest({ scripts: { start: 'node server.js' } }),
      'server.js': "'use strict'\nrun()\n",
    },
    "'use strict'\nrequire('./rekey.js')\nrun()\n",
  ],
  [
    'a module, in its quotes and with its semicolons',
    'app.mjs',
    {
      'package.json': manifest({ scripts: { start: 'node app.mjs' } }),
      'app.mjs': 'import x from "x";\nx();\n',
    },
    'import "./rekey.mjs";\nimport x from "x";\nx();\n',
  ],
  [
    'TypeScript that is compiled',
    'src/main.ts',
    {
      'package.json': manifest({ scripts: { start: 'node dist/main.js' } }),
      'src/main.ts': "import { app } from './app'\napp()\n",
    },
    "import './rekey'\nimport { app } from './app'\napp()\n",
  ],
  [
    'Nest',
    'src/main.ts',
    {
      'package.json': manifest({ scripts: { start: 'nest start' } }),
      'src/main.ts': "import { NestFactory } from '@nestjs/core';\n",
    },
    "import './rekey';\nimport { NestFactory } from '@nestjs/core';\n",
  ],
  [
    'the plugin that fastify start runs',
    'app.js',
    {
      'package.json': manifest({
        main: 'x.js',
        scripts: { start: 'fastify start -l info app.js' },
      }),
      'app.js': 'module.exports = run\n',
    },
    "require('./rekey.js')\nmodule.exports = run\n",
  ],
  [
    'a program without an ending',
    'bin/www',
    {
      'package.json': manifest({ scripts: { start: 'node ./bin/www' } }),
      'bin/www': "#!/usr/bin/env node\nvar app = require('../app');\n",
    },
    "#!/usr/bin/env node\nrequire('./rekey.js');\nvar app = require('../app');\n",
  ],
  [
    'what loads a .env file, behind that',
    'server.js',
    {
      'package.json': manifest({ scripts: { start: 'NODE_ENV=production node -r ./x server' } }),
      'server.js': "const a = 1\nrequire('dotenv').config({ path: '.env.local' })\nrun(a)\n",
    },
    "const a = 1\nrequire('dotenv').config({ path: '.env.local' })\nrequire('./rekey.js')\nrun(a)\n",
  ],
  [
    'a module that imports dotenv and calls it later',
    'server.js',
    {
      'package.json': manifest({ type: 'module', scripts: { start: 'node server.js' } }),
      'server.js':
        "import dotenv from 'dotenv'\nconst load = () => dotenv.config()\nexport function run() { load() }\n",
    },
    "import './rekey.js'\nimport dotenv from 'dotenv'\nconst load = () => dotenv.config()\nexport function run() { load() }\n",
  ],
  [
    'a module that loads a .env file by a call, behind that',
    'server.js',
    {
      'package.json': manifest({ type: 'module', scripts: { start: 'node server.js' } }),
      'server.js': "import dotenv from 'dotenv'\ndotenv.config()\nrun()\n",
    },
    "import dotenv from 'dotenv'\ndotenv.config()\nawait import('./rekey.js')\nrun()\n",
  ],
])('puts its line into %s', async (_, path, files, expected) => {
  expect(await after(path, files)).toBe(expected)
})

it.each([['(async () => run())()\n'], ['[1].forEach(run)\n'], ['`${run()}`\n']])(
  'ends its line where the next one, %j, would go on with it',
  async (code) => {
    const files = { 'package.json': manifest({ main: 'app.js' }), 'app.js': code }
    expect(await after('app.js', files)).toBe(`require('./rekey.js');\n${code}`)
  },
)

it.each(["it's", 'a"b', '${x}', '*/ throw 1 /*', '__proto__', 'a\\b'])(
  'S28: writes modules that load for a variable and a folder that are called %j',
  async (name) => {
    const folder = name.replaceAll('/', '')
    const text = JSON.stringify(name)
    const cwd = await newRepository({
      'package.json': manifest({
        type: 'module',
        scripts: { start: 'node a.js', worker: 'node b.js' },
      }),
      'a.js': `use(process.env[${text}], process.env[${JSON.stringify(`${name}_API_TOKEN`)}])\n`,
      [`${folder}/b.js`]: `use(process.env[${text}])\n`,
    })
    const { code } = await runProgram(['init', '--write'], { cwd })
    expect(code).toBe(0)
    // As a key, it would be no setting, and the prototype of the others.
    expect(await readFile(join(cwd, 'rekey-secrets.js'), 'utf8')).not.toMatch(
      /[\s"']__proto__["']?:/,
    )
    const written = await readFile(join(cwd, 'rekey.js'), 'utf8')
    // What its entry imports is loaded as it is written, by a stand-in for the service.
    const variables = /variables: (\{.*?\n {2}\})/s.exec(written)?.[1] ?? '{}'
    const read: unknown = JSON.parse(JSON.stringify(runInNewContext(`(${variables})`)))
    expect(Object.values(read as object)).toEqual([`${name}_API_TOKEN`])
    const check = await runProgram(['family', 'check', '--json'], { cwd })
    expect(check.lines()).toEqual([expect.objectContaining({ secrets: 1, contradictions: 0 })])
  },
)

it('S28: quotes the path of the module in an entry of a folder with an odd name', async () => {
  const files = {
    'package.json': manifest({ scripts: { start: "node it's/a.js", worker: 'node b.js' } }),
    "it's/a.js": 'run()\n',
    'b.js': 'run()\n',
  }
  expect(await after('b.js', files)).toBe(`require("./it\\u0027s/rekey.js")\nrun()\n`)
})

it('wires each program that a script starts', async () => {
  const cwd = await newRepository({
    'package.json': manifest({
      scripts: { start: 'node web.js', worker: 'node jobs/worker.js', build: 'node build.js' },
    }),
    'web.js': 'run()\n',
    'jobs/worker.js': 'run()\n',
    'build.js': 'run()\n',
  })
  await runProgram(['init', '--write'], { cwd })
  expect(await readFile(join(cwd, 'web.js'), 'utf8')).toContain("require('./rekey.js')")
  expect(await readFile(join(cwd, 'jobs/worker.js'), 'utf8')).toContain("require('../rekey.js')")
  expect(await readFile(join(cwd, 'build.js'), 'utf8')).toBe('run()\n')
})

it('has Next.js load the wiring by its instrumentation', async () => {
  const files = {
    'package.json': manifest({ scripts: { start: 'next start' }, dependencies: { next: '15' } }),
    'src/app/page.tsx': 'export default () => null\n',
  }
  expect(await after('src/instrumentation.ts', files)).toContain("await import('./rekey')")
})

it('adds packages that are lacking to package.json, and keeps what is there', async () => {
  const text = await after('package.json', {
    'package.json':
      '{\n\t"name": "shop",\n\t"dependencies": { "zod": "^3.25.76", "@rekey/log-redactor": "0.0.1" }\n}\n',
    'index.js': 'use(process.env.A_TOKEN)\n',
  })
  expect(text).toContain('\n\t\t"@rekey/config-loader": "^')
  expect(text).toContain('"@rekey/log-redactor": "0.0.1"')
  expect(text).toContain('"zod": "^3.25.76"')
  expect(text).toContain('"@rekey/eslint-plugin": "^')
})

it.each<[string, string, string, string]>([
  [
    'a list',
    'eslint.config.js',
    "import js from 'x'\nexport default [js]\n",
    "import rekey from '@rekey/eslint-plugin'\nimport js from 'x'\nexport default [js, ...rekey.configs.recommended]\n",
  ],
  [
    'an empty list',
    'eslint.config.mjs',
    'export default []\n',
    "import rekey from '@rekey/eslint-plugin'\nexport default [...rekey.configs.recommended]\n",
  ],
  [
    'defineConfig',
    'eslint.config.ts',
    'export default defineConfig([{ rules: {} }]);\n',
    "import rekey from '@rekey/eslint-plugin';\nexport default defineConfig([{ rules: {} }, ...rekey.configs.recommended]);\n",
  ],
  [
    'tseslint.config',
    'eslint.config.mjs',
    "import t from 't'\nexport default t.config(a, b)\n",
    "import rekey from '@rekey/eslint-plugin'\nimport t from 't'\nexport default t.config(a, b, ...rekey.configs.recommended)\n",
  ],
  [
    'CommonJS',
    'eslint.config.cjs',
    'module.exports = [{}]\n',
    "const rekey = require('@rekey/eslint-plugin').default\nmodule.exports = [{}, ...rekey.configs.recommended]\n",
  ],
])(
  'puts the rules into a configuration of ESLint that is %s',
  async (_, path, before, expected) => {
    expect(
      await after(path, { 'package.json': manifest({}), 'index.js': '', [path]: before }),
    ).toBe(expected)
  },
)

it('lists the lines for a configuration of ESLint that only its program knows', async () => {
  const cwd = await newRepository({
    'package.json': manifest({}),
    'eslint.config.js': 'export default await make()\n',
  })
  const { output } = await runProgram(['init', '--write'], { cwd })
  expect(output).toContain('eslint.config.js: kept as it is, as it is not safe to change it')
  expect(output).toContain("  import rekey from '@rekey/eslint-plugin'\n")
})

it.each([
  [
    'more scripts',
    { 'src/a.js': 'with (b) { run() }\n', 'src/b.js': 'return\n' },
    `{ files: ['**/*.js'], languageOptions: { sourceType: 'commonjs' } },`,
  ],
  [
    'more modules',
    { 'src/a.js': 'import a from "a"\n', 'src/b.js': 'export default <b />\n' },
    `{ files: ["index.js"], languageOptions: { sourceType: 'commonjs' } },`,
  ],
])('lints scripts and modules of one package, of which it has %s', async (_, more, line) => {
  const cwd = await newRepository({
    'package.json': manifest({ dependencies: { react: '^19.0.0' } }),
    'index.js': 'with (a) { run() }\n',
    'pages/[id].js': 'export default () => <a />\n',
    ...more,
  })
  await runProgram(['init', '--write'], { cwd })
  const config = await readFile(join(cwd, 'eslint.config.mjs'), 'utf8')
  expect(config.match(/.*'commonjs'.*/g)).toEqual([`  ${line}`])
  const list = config
    .replace("import rekey from '@rekey/eslint-plugin'", '')
    .replace('export default', '')
  const overrideConfig = runInNewContext(list, { rekey: plugin }) as Linter.Config[]
  const eslint = new ESLint({ cwd, overrideConfigFile: true, overrideConfig })
  const results = await eslint.lintFiles(['**/*.js'])
  expect(results).toHaveLength(6)
  expect(results.flatMap(({ messages }) => messages)).toEqual([])
})

it('takes no file of a package of modules for a script', async () => {
  const files = { 'package.json': manifest({ type: 'module' }), 'index.js': 'run()\n' }
  expect(await after('eslint.config.mjs', files)).not.toContain('sourceType')
})

it('has git ignore what a compiler writes, where it ignored nothing', async () => {
  const files = { 'package.json': manifest({}), 'index.ts': '' }
  expect(await after('.gitignore', files)).toBe('node_modules/\ndist/\n.env\n')
})

describe('where git tracks what a compiler writes', () => {
  const COMPILED = {
    'package.json': manifest({ scripts: { start: 'node dist/main.js' } }),
    'dist/main.js': "require('./app').app()\n",
    'index.ts': '',
  }

  const tracked = async (files: Files) => {
    const cwd = await newRepository(files)
    execFileSync('git', ['init', '--quiet'], { cwd })
    return cwd
  }

  it('puts the line into the source', async () => {
    const source = "import { app } from './app'\napp()\n"
    const cwd = await tracked({ ...COMPILED, 'src/main.ts': source })
    expect(await after('src/main.ts', cwd)).toBe(`import './rekey'\n${source}`)
    expect(await readFile(join(cwd, 'dist/main.js'), 'utf8')).toBe(COMPILED['dist/main.js'])
    expect(await readFile(join(cwd, '.gitignore'), 'utf8')).toBe('node_modules/\ndist/\n.env\n')
  })

  it('puts it there where the repository has no source, and has git not ignore that folder', async () => {
    const cwd = await tracked(COMPILED)
    expect(await after('dist/main.js', cwd)).toBe("require('./rekey.js')\nrequire('./app').app()\n")
    expect(await readFile(join(cwd, '.gitignore'), 'utf8')).toBe('node_modules/\n.env\n')
  })
})

it.each([
  ['none', undefined, 'node_modules/\n.env\n'],
  ['one without it', 'dist', 'dist\n.env\n'],
  ['one with it', '.env*\n', '.env*\n'],
])('has git ignore .env where there is a .gitignore: %s', async (_, before, expected) => {
  const files = before === undefined ? {} : { '.gitignore': before }
  expect(await after('.gitignore', { 'package.json': manifest({}), ...files })).toBe(expected)
})
