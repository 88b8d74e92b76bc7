import { randomBytes } from 'node:crypto'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { leakRules } from '../../family/leak-rules.ts'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../../test/commands/run-program.support.ts'

const VALUE = randomBytes(24).toString('base64url')
const MODULES = join(import.meta.dirname, '../../../../../node_modules')

/** A repository as it is before: an Express service with variables. */
async function newRepository(more: Record<string, string> = {}) {
  const cwd = await realpath(await mkdtemp(join(tmpdir(), 'rekey-init-')))
  onTestFinished(() => rm(cwd, { recursive: true }))
  const files: Record<string, string> = {
    'package.json': '{ "name": "@acme/Web Shop", "dependencies": { "pg": "8", "pino": "10" } }',
    'src/server.js': `const { STRIPE_API_KEY, SHOP_NAME = 'shop' } = process.env
const pool = new Pool({ connectionString: process.env.DATABASE_URL })
app.listen(process.env.PORT ?? 3000)
const mail = process.env['SMTP_PASSWORD'], region = process.env.REGION || 'eu', log = process.env.LOG_LEVEL
`,
    'node_modules/other/index.js': 'process.env.OTHER_TOKEN',
    '.env': `STRIPE_API_KEY=${VALUE}\nDATABASE_URL=postgres://shop:${VALUE}@localhost/shop\n`,
    ...more,
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, path)), { recursive: true })
    await writeFile(join(cwd, path), text)
  }
  return cwd
}

it('shows each variable with what it becomes, and each file, and writes nothing', async () => {
  const cwd = await newRepository()
  const before = await readdir(cwd)
  const { code, output } = await runProgram(['init'], { cwd })
  expect(code).toBe(0)
  expect(output).toContain('STRIPE_API_KEY (.env:1) becomes INTEGRATION_WEB_SHOP__STRIPE')
  expect(output).toContain('SMTP_PASSWORD (src/server.js:4) becomes INTEGRATION_WEB_SHOP__SMTP')
  expect(output).toContain(
    'DATABASE_URL (.env:2) becomes DATABASE_WEB_SHOP, a secret of the kind database',
  )
  expect(output).toContain('LOG_LEVEL (src/server.js:4) stays, as a setting')
  expect(output).not.toMatch(/OTHER_TOKEN|PORT \(/)
  expect(output).toContain('+++ services/web-shop/src/secrets.mjs')
  expect(output).toContain(
    'services/web-shop/.env: INTEGRATION_WEB_SHOP__STRIPE, a value for development: new',
  )
  expect(output).not.toContain(VALUE)
  expect(await readdir(cwd)).toEqual(before)
})

it('writes a family and a definition that agree, and that load', async () => {
  const cwd = await newRepository()
  await rm(join(cwd, 'node_modules'), { recursive: true })
  await symlink(MODULES, join(cwd, 'node_modules'))
  expect((await runProgram(['init', '--write'], { cwd })).code).toBe(0)
  const check = await runProgram(['family', 'check', '--json'], { cwd })
  expect(check.lines()).toEqual([
    expect.objectContaining({ services: 1, secrets: 3, contradictions: 0 }),
  ])
  expect((await runProgram(['generate'], { cwd })).code).toBe(0)
  const example = await readFile(join(cwd, 'services/web-shop/.env.example'), 'utf8')
  for (const name of ['DATABASE_WEB_SHOP', 'INTEGRATION_WEB_SHOP__SMTP', 'LOG_LEVEL']) {
    expect(example).toContain(name)
  }
})

it('writes values for development with their mark, into a file of the user alone, and keeps those that are there', async () => {
  const path = 'services/web-shop/.env'
  const mine = `INTEGRATION_WEB_SHOP__SMTP=dev-${VALUE}`
  const cwd = await newRepository({ [path]: `${mine}\n` })
  const { code, output, lines } = await runProgram(['init', '--write', '--json'], { cwd })
  expect(code).toBe(0)
  expect(lines().filter(({ type }) => type === 'value')).toEqual([
    { type: 'value', name: 'INTEGRATION_WEB_SHOP__SMTP', path, outcome: 'kept as it is' },
    { type: 'value', name: 'INTEGRATION_WEB_SHOP__STRIPE', path, outcome: 'written' },
  ])
  const text = await readFile(join(cwd, path), 'utf8')
  expect(text.split('\n')[0]).toBe(mine)
  const [, issued = ''] = /^INTEGRATION_WEB_SHOP__STRIPE=(dev-\S{32,})$/m.exec(text) ?? []
  expect(issued).not.toBe('')
  expect(output).not.toContain(issued)
  expect((await stat(join(cwd, path))).mode & 0o777).toBe(0o600)
  await runProgram(['init', '--write'], { cwd })
  expect(await readFile(join(cwd, path), 'utf8')).toBe(text)
})

it('keeps every file that is there, and says so', async () => {
  const cwd = await newRepository({ 'family.json': '{ "services": ["kept"] }' })
  const { output } = await runProgram(['init', '--write'], { cwd })
  expect(output).toContain(
    'family.json: kept as it is, as it is not safe to change it; bring into it, where it is not there:',
  )
  expect(await readFile(join(cwd, 'family.json'), 'utf8')).toBe('{ "services": ["kept"] }')
  const again = await runProgram(['init', '--write'], { cwd })
  expect(again.output).not.toContain(': written')
})

it('lists the lines for a configuration of ESLint that is there under another name, and extends gate.json', async () => {
  const mine = 'export default []\n'
  const cwd = await newRepository({
    'eslint.config.js': mine,
    'gate.json': '{ "lint": ["src"], "samples": {} }',
  })
  const shown = await runProgram(['init'], { cwd })
  expect(shown.output).toContain('eslint.config.js: kept as it is, as it is not safe to change it')
  expect(shown.output).toContain("  import rekey from '@rekey/eslint-plugin'\n")
  expect(shown.output).toContain('    ...rekey.configs.rekey,\n')
  expect(shown.output).toContain('-{ "lint": ["src"], "samples": {} }\n+{')
  const { lines } = await runProgram(['init', '--write', '--json'], { cwd })
  const gate = lines().find(({ path }) => path === 'gate.json')
  expect(gate).toMatchObject({ outcome: 'extended' })
  const written = await readFile(join(cwd, 'gate.json'), 'utf8')
  expect(JSON.parse(written)).toEqual({ lint: ['src', 'services'], samples: {} })
  expect(await readFile(join(cwd, 'eslint.config.js'), 'utf8')).toBe(mine)
  expect(await readdir(cwd)).not.toContain('eslint.config.mjs')
  await runProgram(['init', '--write'], { cwd })
  expect(await readFile(join(cwd, 'gate.json'), 'utf8')).toBe(written)
})

it.each(['{ "lint": "src" }', '[]', '{'])('leaves a gate.json that is %s alone', async (mine) => {
  const cwd = await newRepository({ 'gate.json': mine })
  const { output } = await runProgram(['init', '--write'], { cwd })
  expect(output).toContain('gate.json: kept as it is, as it is not safe to change it')
  expect(await readFile(join(cwd, 'gate.json'), 'utf8')).toBe(mine)
})

const RULE = leakRules()
  .map(({ toml }) => toml)
  .join('\n')

it('writes a configuration of gitleaks with the rules that the gate asks for', async () => {
  const cwd = await newRepository()
  await runProgram(['init', '--write'], { cwd })
  const text = await readFile(join(cwd, '.gitleaks.toml'), 'utf8')
  expect(text).toContain('[extend]\nuseDefault = true\n')
  expect(text).toContain(RULE)
})

it('adds those rules to a configuration of gitleaks that is there', async () => {
  const mine = '# ours\n[extend]\nuseDefault = true\n\n[[rules]]\nid = "ours"\n\n\n'
  const cwd = await newRepository({ '.gitleaks.toml': mine })
  const { lines } = await runProgram(['init', '--write', '--json'], { cwd })
  const file = lines().find(({ path }) => path === '.gitleaks.toml')
  expect(file).toMatchObject({ outcome: 'extended' })
  const text = await readFile(join(cwd, '.gitleaks.toml'), 'utf8')
  expect(text).toBe(`${mine.trimEnd()}\n\n${RULE}`)
  await runProgram(['init', '--write'], { cwd })
  expect(await readFile(join(cwd, '.gitleaks.toml'), 'utf8')).toBe(text)
})

it.each([
  ['is no TOML', '[extend'],
  ['does without the rules of gitleaks', '[[rules]]\nid = "ours"\n'],
  [
    'has another rule of the same id',
    '[[rules]]\nid = "rekey-api-key"\n[extend]\nuseDefault = true\n',
  ],
  ['has its rules in one line', 'rules = []\n[extend]\nuseDefault = true\n'],
])('lists the lines for a configuration of gitleaks that %s', async (_, mine) => {
  const cwd = await newRepository({ '.gitleaks.toml': mine })
  const { output } = await runProgram(['init', '--write'], { cwd })
  expect(output).toContain('.gitleaks.toml: kept as it is, as it is not safe to change it')
  expect(output).toContain(`  ${RULE.split('\n')[3] ?? ''}\n`)
  expect(await readFile(join(cwd, '.gitleaks.toml'), 'utf8')).toBe(mine)
})

it.each([
  ['y\n', true],
  ['n\n', false],
  ['\n', false],
])('asks at a terminal before it writes, and takes %j for an answer', async (answer, isWritten) => {
  const cwd = await newRepository()
  const { output } = await runProgram(['init'], { cwd, stdin: answer, isTTY: true })
  expect(output).toContain('Write this? [y/N] ')
  expect(output.includes('nothing was written')).toBe(!isWritten)
  expect((await readdir(cwd)).includes('family.json')).toBe(isWritten)
  expect(output).toContain('+++ family.json')
})

it('gives two variables of one third party names of their own, and a second database to be examined', async () => {
  const cwd = await newRepository({
    'src/more.ts': `import.meta
process.env.STRIPE_SECRET; process.env.REPORTING_DB_URL; process.env.DB_REPORTS_URL`,
  })
  const { output } = await runProgram(['init', '--json'], { cwd })
  expect(output).toContain('"INTEGRATION_WEB_SHOP__STRIPE"')
  expect(output).toContain('"INTEGRATION_WEB_SHOP__STRIPE_SECRET"')
  expect(output).toContain('secrets.ts')
})

it.each([
  ['an alias', 'const env = process.env\nuse(env.QUEUE_TOKEN)'],
  ['a typed alias', "const env: Env = process.env;\nuse(env['QUEUE_TOKEN'])"],
  ['an alias that is taken apart', 'const all = process.env\nconst { QUEUE_TOKEN } = all'],
  ['a part of process', 'const { env, argv } = process\nuse(env.QUEUE_TOKEN ?? argv)'],
  ['a renamed part of process', 'const { argv, env: $e } = process\nuse($e.QUEUE_TOKEN)'],
  ['an import', "import { env } from 'node:process'\nuse(env.QUEUE_TOKEN)"],
  ['a renamed import', "import { argv, env as vars } from 'process'\nuse(vars.QUEUE_TOKEN)"],
  ['an optional part', 'use(globalThis.process.env?.QUEUE_TOKEN, 1)\n'],
  ['a renamed variable', "const { A_NAME: a, QUEUE_TOKEN: token = '' } = process.env\n"],
  ['one line with others', 'use(process.env.A_NAME, process.env.QUEUE_TOKEN)\n'],
  ['several lines', 'const {\n  A_NAME,\n  QUEUE_TOKEN,\n} = process.env\n'],
])('finds a variable that code reads through %s', async (_, code) => {
  const cwd = await newRepository({ 'src/queue.ts': code })
  const { output } = await runProgram(['init'], { cwd })
  expect(output).toMatch(/QUEUE_TOKEN \(src\/queue\.ts:\d\) becomes INTEGRATION_WEB_SHOP__QUEUE,/)
})

it('takes nothing of an object that is not the environment for a variable', async () => {
  const code = 'const env = process.env.NODE_ENV\nuse(env.QUEUE_TOKEN, other.env.QUEUE_SECRET)\n'
  const cwd = await newRepository({ 'src/queue.ts': code })
  expect((await runProgram(['init'], { cwd })).output).not.toContain('QUEUE_')
})

it.each([
  ['is put together', "use(process.env['QUEUE_' + 'TOKEN'], process.env[`QUEUE_${'TOKEN'}`])\n"],
  ['is in small letters', 'use(process.env.queue_token)\n'],
  [
    'is read through a variable of another file',
    "import { env } from './env.js'\nuse(env.QUEUE_TOKEN)\n",
  ],
  ['is that of a built file', ''],
])('does not find a name that %s', async (_, code) => {
  const built = { 'dist/queue.js': 'use(process.env.QUEUE_TOKEN)\n' }
  const cwd = await newRepository({ 'src/queue.js': code, ...built })
  expect((await runProgram(['init'], { cwd })).output).not.toMatch(/queue/i)
})

it('also counts names in comments', async () => {
  const cwd = await newRepository({ 'src/queue.js': '// process.env.QUEUE_TOKEN\n' })
  expect((await runProgram(['init'], { cwd })).output).toContain('QUEUE_TOKEN (src/queue.js:1)')
})

it('names the line where a variable is read first, however it is read', async () => {
  const code = `\n\nconst { QUEUE_TOKEN } = process.env\n\nuse(process.env.QUEUE_TOKEN, process.env.MAIL_TOKEN)\n`
  const cwd = await newRepository({ 'src/queue.ts': code })
  const { output } = await runProgram(['init'], { cwd })
  expect(output).toContain('QUEUE_TOKEN (src/queue.ts:3)')
  expect(output).toContain('MAIL_TOKEN (src/queue.ts:5)')
})

it('states how many files it has not read', async () => {
  const cwd = await newRepository({
    'src/large.js': `process.env.HIDDEN_TOKEN;${' '.repeat(1024 * 1024)}`,
  })
  const { output } = await runProgram(['init'], { cwd })
  expect(output).toContain('1 files are too large')
  expect(output).not.toContain('HIDDEN_TOKEN')
})

it('takes no package.json for an empty one, and no broken one', async () => {
  const cwd = await newRepository()
  await rm(join(cwd, 'package.json'))
  expect((await runProgram(['init', '--service', 'shop'], { cwd })).code).toBe(0)
  await writeFile(join(cwd, 'package.json'), `{ "name": "${VALUE}`)
  const run = await runProgram(['init'], { cwd })
  expect(run).toMatchObject({ code: 1, output: expect.stringContaining('is no JSON') as string })
  expect(run.output).not.toContain(VALUE)
})

it('exits with 2 for a name that no service can have', async () => {
  const cwd = await newRepository()
  const run = await runProgram(['init', '--service', 'Web Shop'], { cwd })
  expect(run).toMatchObject({
    code: 2,
    output: expect.stringContaining('--service names no service') as string,
  })
})
