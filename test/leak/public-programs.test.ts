// @lane servers
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { shows } from './suite/oracle.ts'

/** Of this repository and of what it depends on. */
const BINARIES = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url))
const REGISTER = fileURLToPath(
  new URL('../../packages/log-redactor/src/guard/register.ts', import.meta.url),
)
const NPM = join(dirname(process.execPath), 'npm')
const token = randomBytes(24).toString('base64url').replace(/(..)./g, '$17')

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-programs-'))
  await build({
    ...{ configFile: false, logLevel: 'error', root: directory },
    ssr: {
      resolve: { conditions: ['@rekey/source', 'node', 'import', 'default'] },
      noExternal: true,
    },
    build: {
      ...{ ssr: REGISTER, outDir: directory, emptyOutDir: false, target: 'node20' },
      rollupOptions: { output: { entryFileNames: 'register.mjs' } },
    },
  })
  for (const [name, text] of Object.entries(FILES))
    await writeFile(join(directory, name), text(token))
}, 60_000)
afterAll(() => rm(directory, { recursive: true }))

/** Files with the token, by name. */
const FILES: Record<string, (token: string) => string> = {
  'package.json': (s) =>
    JSON.stringify({ name: 'careless', version: '1.0.0', config: { token: s } }),
  'eslint.config.mjs': () =>
    "export default [{ rules: { 'no-restricted-syntax': ['error', 'Literal'] } }]\n",
  'app.js': (s) => `export const options = { token: '${s}' }\n`,
  'app.ts': (s) => `export const retries: number = '${s}'\n`,
  'print.ts': () => 'const token: string = process.env.API_TOKEN!\nconsole.log({ token })\n',
  'config.yaml': (s) => `api:\n  token: ${s}\n`,
  'config.json5': (s) => `{ token: '${s}' }\n`,
  'config.json': (s) => JSON.stringify({ api: { token: s } }),
  'notes.md': (s) => `The token is \`${s}\`.\n`,
  'view.json': (s) => JSON.stringify({ token: s }),
  'view.mustache': () => 'token={{{token}}}\n',
  'view.ejs': () => 'token=<%- token %>\n',
  'app.log': (s) =>
    `${JSON.stringify({ v: 0, level: 30, name: 'app', hostname: 'h', pid: 1, time: new Date(0), msg: 'x', token: s })}\n`,
}

/** Programs as npm installs them, each with arguments that have it print the token. */
const PROGRAMS: Record<string, readonly string[]> = {
  npm: ['pkg', 'get', 'config'],
  eslint: ['--format', 'json', 'app.js'],
  prettier: ['--no-config', 'config.yaml'],
  tsc: ['--noEmit', '--pretty', 'true', '--ignoreConfig', '--lib', 'es5', 'app.ts'],
  tsx: ['print.ts'],
  rollup: ['app.js'],
  acorn: ['--module', 'app.js'],
  'js-yaml': ['config.yaml'],
  json5: ['config.json5'],
  'jsonpath-plus': ['config.json', '$.api.token'],
  marked: ['-i', 'notes.md'],
  'markdown-it': ['notes.md'],
  mustache: ['view.json', 'view.mustache'],
  ejs: ['view.ejs', '-f', 'view.json'],
  bunyan: ['--no-color', 'app.log'],
}

/** What a program printed, of both streams. By the environment an option of Node.js reaches its children too: tsx runs the script in one. */
function run(name: string, args: readonly string[], options: string): Promise<string> {
  const file = name === 'npm' ? NPM : join(BINARIES, name)
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    API_TOKEN: token,
    NODE_OPTIONS: options,
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { cwd: directory, env }, (_, out, err) => {
      resolve(out + err)
    })
  })
}

it('has more than ten programs', () => {
  expect(Object.keys(PROGRAMS).length).toBeGreaterThan(10)
})

it.each(Object.entries(PROGRAMS))(
  '%s prints the token of its environment, and with the register a tag in its place',
  async (name, args) => {
    const [plain, guarded] = await Promise.all([
      run(name, args, ''),
      run(name, args, `--import=${join(directory, 'register.mjs')}`),
    ])
    expect(shows(plain, token), plain).toBe(true)
    expect(shows(guarded, token)).toBe(false)
    expect(guarded).toContain('[secret API_TOKEN')
  },
  60_000,
)
