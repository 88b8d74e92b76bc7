// @lane servers
import { execFile, type ExecFileException } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packPackages } from '@rekey/test-packed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRunbook } from '@rekey/test-support'

const INSTALL_TIMEOUT_MS = 300_000
const LINT_TIMEOUT_MS = 60_000

/** Code of a project without Rekey's packages, which has a `Secret` of its own. */
const SECRET_CLASS = `export class Secret {
  #value: string
  readonly label: string
  constructor(value: string, label: string) {
    this.#value = value
    this.label = label
  }
  expose(): string {
    return this.#value
  }
}
`

const PLAIN_FILES = {
  'leak.js': 'export function connect(secret) {\n  console.log(`with ${secret.expose()}`)\n}\n',
  'clean.js': 'export function connect(secret) {\n  console.log(`with ${secret.label}`)\n}\n',
}

/** Only types tell that there is a secret in what the leak prints. */
const TYPED_FILES = {
  'tsconfig.json':
    '{ "compilerOptions": { "module": "nodenext", "strict": true, "lib": ["ES2023", "DOM"], "types": [] } }',
  'secret.ts': SECRET_CLASS,
  'login.ts':
    "import type { Secret } from './secret.js'\n\nexport declare const login: { user: string; token: Secret }\n",
  'leak.ts': "import { login as given } from './login.js'\n\nconsole.log(given.token)\n",
  'clean.ts':
    "import { login as given } from './login.js'\n\nconsole.log(given.user, given.token.label)\n",
}

interface Linted {
  readonly code: number
  readonly messages: readonly { ruleId: string; severity: number }[]
  /** The `url` of each rule that reported. */
  readonly urls: readonly string[]
}

/** The version of a development dependency of this repository; its ESLint 9, a bundle for browsers, bears the version of ESLint. */
async function versionOf(name: string): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  const { devDependencies } = JSON.parse(text) as { devDependencies: Record<string, string> }
  return (devDependencies[name] ?? '').replace(/^npm:.*@/, '')
}

/** Runs a command of npm's and gives its output; the exit code too where it fails. */
async function run(command: string, args: readonly string[], cwd: string) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const onExit = (error: ExecFileException | null, stdout: string, stderr: string) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    }
    execFile(command, args, { cwd, maxBuffer: 2 ** 24 }, onExit)
  })
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, cwd)
  expect(code, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0)
  return stdout
}

/** Installs the linter as packed, and `packages`. */
async function install(folder: string, ...packages: readonly string[]): Promise<void> {
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  await succeed('npm', ['install', '--save-dev', ...flags, ...tarballs, ...packages], folder)
}

async function lint(folder: string, file: string): Promise<Linted> {
  const args = ['--no-install', 'eslint', '--format', 'json-with-metadata', file]
  const { code, stdout } = await run('npx', args, folder)
  const { results, metadata } = JSON.parse(stdout) as {
    results: { messages: Linted['messages'] }[]
    metadata: { rulesMeta: Record<string, { docs: { url: string } }> }
  }
  return {
    code,
    messages: results.flatMap(({ messages }) => messages),
    urls: Object.values(metadata.rulesMeta).map(({ docs }) => docs.url),
  }
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>) {
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
}

/** The linter, and what it needs of Rekey. */
const LINTER = ['eslint-plugin', 'log-redactor', 'secret'].map((name) => `@rekey/${name}`)

let fixture = ''
let tarballs: readonly string[] = []

beforeAll(async () => {
  fixture = await mkdtemp(join(tmpdir(), 'rekey-adopt-'))
  const packed = await packPackages(LINTER, fixture)
  tarballs = packed.map(({ tarball }) => tarball)
}, INSTALL_TIMEOUT_MS)

afterAll(() => rm(fixture, { recursive: true, force: true }))

describe('a fresh project with oxlint', { timeout: LINT_TIMEOUT_MS }, () => {
  const project = () => join(fixture, 'oxlint')
  const oxlint = (file: string) => run('npx', ['--no-install', 'oxlint', file], project())

  beforeAll(async () => {
    const readme = await readRunbook('packages/eslint-plugin/README.md')
    const [config = ''] = readme.blocks('json')
    await writeFiles(project(), { 'package.json': '{ "private": true }', '.oxlintrc.json': config })
    await writeFiles(project(), { ...PLAIN_FILES, 'leak.ts': PLAIN_FILES['leak.js'] })
    await writeFiles(join(project(), 'test'), { 'key.js': "createHmac('sha256', 'a key')\n" })
    await install(project(), `oxlint@${await versionOf('oxlint')}`)
  }, INSTALL_TIMEOUT_MS)

  it.each(['leak.js', 'leak.ts'])('fails for %s', async (file) => {
    const { code, stdout } = await oxlint(file)
    expect(code).toBe(1)
    expect(stdout).toContain('@rekey(no-secret-in-logs)')
  })

  it.each(['clean.js', 'test/key.js'])('passes %s', async (file) => {
    expect(await oxlint(file)).toMatchObject({ code: 0 })
  })

  it('lints a folder without any configuration by rekey-gate lint', async () => {
    const empty = join(fixture, 'no-project')
    await writeFiles(empty, PLAIN_FILES)
    const gate = join(project(), 'node_modules/.bin/rekey-gate')
    const { code, stdout } = await run(gate, ['lint'], empty)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^leak\.js:2:\d+\n {2}lint: @rekey\/no-secret-in-logs\n/)
    expect(await run(gate, ['lint', 'clean.js'], empty)).toMatchObject({ code: 0, stderr: '' })
  })
})

describe.each([
  ['ESLint 10', 'eslint'],
  ['ESLint 9', 'eslint-v9'],
])('a fresh project with %s', (_name, eslint) => {
  const project = () => join(fixture, eslint)
  const plain = () => join(project(), 'plain')
  const typed = () => join(project(), 'typed')

  beforeAll(async () => {
    const readme = await readRunbook('packages/eslint-plugin/README.md')
    const [plainConfig = '', typedConfig = ''] = readme.blocks('js')
    await writeFiles(project(), { 'package.json': '{ "private": true, "type": "module" }' })
    await writeFiles(plain(), { ...PLAIN_FILES, 'eslint.config.js': plainConfig })
    await writeFiles(typed(), { ...TYPED_FILES, 'eslint.config.js': typedConfig })
    await install(
      project(),
      `eslint@${await versionOf(eslint)}`,
      `typescript@${await versionOf('typescript')}`,
      `typescript-eslint@${await versionOf('typescript-eslint')}`,
    )
  }, INSTALL_TIMEOUT_MS)

  it('has the version of ESLint that it is for', { timeout: LINT_TIMEOUT_MS }, async () => {
    const version = await succeed('npx', ['--no-install', 'eslint', '--version'], project())
    expect(version.trim()).toBe(`v${await versionOf(eslint)}`)
  })

  it('has a gate that names the package to install beside the linter', async () => {
    const { code, stderr } = await run('npx', ['--no-install', 'rekey-gate'], project())
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^gate: @rekey\/rekey reads the family, and is not installed: npm install "@rekey\/rekey@/,
    )
  })

  it.each([
    ['plain JavaScript', plain, 'js'],
    ['TypeScript with types', typed, 'ts'],
  ])(
    'fails for a leak in %s, and says where to read about it',
    { timeout: LINT_TIMEOUT_MS },
    async (_, folder, ending) => {
      const { code, messages, urls } = await lint(folder(), `leak.${ending}`)
      expect(code).toBe(1)
      expect(messages).toContainEqual(
        expect.objectContaining({ ruleId: '@rekey/no-secret-in-logs', severity: 2 }),
      )
      const pages = 'https://github.com/rekey/rekey/blob/main/packages/eslint-plugin/'
      expect(urls).toContain(`${pages}docs/rules/no-secret-in-logs.md`)
      for (const url of urls) {
        const page = join(project(), 'node_modules/@rekey/eslint-plugin', url.replace(pages, ''))
        expect((await stat(page)).isFile()).toBe(true)
      }
    },
  )

  it.each([
    ['plain JavaScript', plain, 'js'],
    ['TypeScript with types', typed, 'ts'],
  ])('passes clean %s', { timeout: LINT_TIMEOUT_MS }, async (_, folder, ending) => {
    expect(await lint(folder(), `clean.${ending}`)).toMatchObject({ code: 0, messages: [] })
  })
})
