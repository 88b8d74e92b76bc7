import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '@rekey/rekey/internal/run-program'
import { leakRules } from '@rekey/rekey/internal'
import { describe, expect, it } from 'vitest'
import { newRepository, survey } from './repository.ts'

const VALUE = randomBytes(24).toString('base64url')

const PRIVATE_KEY = generateKeyPairSync('ed25519').privateKey.export({
  format: 'pem',
  type: 'pkcs8',
})

const SHOP = {
  'package.json':
    '{ "name": "@acme/Web Shop", "type": "module", "scripts": { "start": "node src/server.js" }, "dependencies": { "pg": "8" } }',
  'src/server.js': `const { STRIPE_API_KEY, SHOP_NAME = 'shop' } = process.env
const pool = new Pool({ connectionString: process.env.DATABASE_URL })
app.listen(process.env.PORT ?? 3000)
const mail = process.env['SMTP_PASSWORD'], region = process.env.REGION || 'eu', log = process.env.LOG_LEVEL
`,
  '.env': `STRIPE_API_KEY=${VALUE}\nDATABASE_URL=postgres://shop:${VALUE}@localhost/shop\nSMTP_PASSWORD=${VALUE}\n`,
}

const newShop = (more: Readonly<Record<string, string>> = {}) => newRepository({ ...SHOP, ...more })
const init = (cwd: string, ...flags: string[]) => runProgram(['init', ...flags], { cwd })

it('shows each variable, the difference of each file, and no value, and writes nothing', async () => {
  const cwd = await newShop()
  const before = [await readdir(cwd), await readdir(join(cwd, 'src'))]
  const { code, output } = await init(cwd)
  expect(code).toBe(0)
  expect(output).toContain('STRIPE_API_KEY (src/server.js:1) becomes INTEGRATION_WEB_SHOP__STRIPE')
  expect(output).toContain('DATABASE_URL (src/server.js:2) becomes DATABASE_WEB_SHOP')
  expect(output).toContain('REGION (src/server.js:4) stays, as a setting (optional)')
  expect(output).toContain("+import './rekey.js'\n const { STRIPE_API_KEY")
  expect(output).toContain('+++ family.json')
  expect(output).not.toContain(VALUE)
  expect([await readdir(cwd), await readdir(join(cwd, 'src'))]).toEqual(before)
})

it('writes a family, a definition and a line in the entry, which agree', async () => {
  // A folder of that name is of something else.
  const cwd = await newShop({ 'services/tax/src/rates.js': '' })
  expect((await init(cwd, '--write')).code).toBe(0)
  expect(await readFile(join(cwd, 'src/server.js'), 'utf8')).toMatch(/^import '\.\/rekey\.js'\n/)
  const check = await runProgram(['family', 'check', '--json'], { cwd })
  expect(check.lines()).toEqual([
    expect.objectContaining({ services: 1, secrets: 3, contradictions: 0 }),
  ])
})

it('changes nothing in a second run, nor in any repository with a family', async () => {
  const cwd = await newShop()
  await init(cwd, '--write')
  const names = await readdir(cwd)
  const texts = () =>
    Promise.all(
      names
        .filter((n) => n.includes('.'))
        .map((n) => readFile(join(cwd, n), 'utf8').catch(() => '')),
    )
  const before = await texts()
  const again = await init(cwd, '--write')
  expect(again).toMatchObject({ code: 0 })
  expect(again.output).toContain('family.json is here: nothing is written')
  expect(await texts()).toEqual(before)
  const other = await newShop({ 'family.ts': 'export const family = {}' })
  await init(other, '--write')
  expect(await readdir(other)).not.toContain('gate.json')
})

it('goes on where a run was interrupted, since the family is written last', async () => {
  const cwd = await newShop()
  await init(cwd, '--write')
  const whole = await readFile(join(cwd, 'family.json'), 'utf8')
  const entry = await readFile(join(cwd, 'src/server.js'), 'utf8')
  const { rm } = await import('node:fs/promises')
  await rm(join(cwd, 'family.json'))
  await init(cwd, '--write')
  expect(await readFile(join(cwd, 'family.json'), 'utf8')).toBe(whole)
  expect(await readFile(join(cwd, 'src/server.js'), 'utf8')).toBe(entry)
})

describe('tells a secret from a setting', () => {
  it.each([
    ['by its name', 'use(process.env.QUEUE_TOKEN)', 'QUEUE_TOKEN'],
    [
      'by the function that takes it',
      "import Stripe from 'stripe'\nnew Stripe(process.env.BILLING)",
      'BILLING',
    ],
    ['by a short name of a key', 'use(process.env.STRIPE_SKEY)', 'STRIPE_SKEY'],
  ])('%s', async (_, code, name) => {
    const cwd = await newShop({ 'src/more.ts': code })
    expect(await survey(cwd)).toContainEqual(
      expect.objectContaining({ type: 'secret', from: name }),
    )
  })

  it.each([
    ['a URL with a password', `redis://:${VALUE}@localhost`],
    ['a private key', JSON.stringify(PRIVATE_KEY)],
    ['a key of a vendor', `sk_live_${randomBytes(24).toString('hex')}`],
  ])('by its form in .env, as %s', async (_, value) => {
    const cwd = await newShop({
      'src/more.js': 'use(process.env.THING)',
      '.env': `THING=${value}\n`,
    })
    expect(await survey(cwd)).toContainEqual(
      expect.objectContaining({ type: 'secret', from: 'THING' }),
    )
  })

  it.each([
    'NEXT_PUBLIC_STRIPE_KEY',
    'TOKEN_FILE',
    'AUTH_DISCORD_ID',
    'TOKEN_EXPIRATION',
    'OPENID_TOKEN_ENDPOINT',
    'API_URL',
    'KEYCLOAK_HOST',
  ])('and takes %s for none', async (name) => {
    const cwd = await newShop({ 'src/more.js': `use(process.env.${name})` })
    expect(await survey(cwd)).toContainEqual(expect.objectContaining({ type: 'setting', name }))
  })

  it.each([
    ['a flag of an option', "const o = { env: 'VERIFY_TOKEN', help: 'x', action: booleanParser }"],
    ['a number of zod', 'z.object({ VERIFY_TOKEN: z.coerce.number() }).parse(process.env)'],
    ['a flag of envalid', 'cleanEnv(process.env, { VERIFY_TOKEN: bool({ default: false }) })'],
  ])('and takes %s for none', async (_, code) => {
    const cwd = await newShop({ 'src/more.js': code })
    expect(await survey(cwd)).toContainEqual(
      expect.objectContaining({ type: 'setting', name: 'VERIFY_TOKEN' }),
    )
  })

  it('and finds an option by its variable alone', async () => {
    const cwd = await newShop({
      'src/more.js': "const o = { env: 'MASTER_KEY', help: 'x', required: true }",
    })
    const found = (await survey(cwd)).find(({ from }) => from === 'MASTER_KEY')
    expect(found).toBeDefined()
    expect(found).not.toHaveProperty('optional')
  })

  it('and knows a key with which a service signs, which is no client secret', async () => {
    const cwd = await newShop({
      'src/more.js': 'use(process.env.AUTH_SESSION_SECRET, process.env.GITHUB_CLIENT_SECRET)',
    })
    const lines = await survey(cwd)
    expect(lines).toContainEqual(
      expect.objectContaining({
        from: 'AUTH_SESSION_SECRET',
        kind: 'integration',
        use: 'signing key',
      }),
    )
    expect(lines.find(({ from }) => from === 'GITHUB_CLIENT_SECRET')).not.toHaveProperty('use')
  })

  it('and takes one login at PostgreSQL, and a second one for a secret to be examined', async () => {
    const cwd = await newShop({ 'src/more.js': 'use(process.env.REPORTS_DATABASE_URL)' })
    const kinds = (await survey(cwd)).filter(({ from }) => String(from).includes('DATABASE_URL'))
    expect(kinds.map(({ kind }) => kind)).toEqual(['database', 'integration'])
  })
})

describe('tells what is required from what is not, where there is no .env, by', () => {
  const lineOf = async (code: string, more: Readonly<Record<string, string>> = {}) => {
    const cwd = await newRepository({
      'package.json': '{ "name": "shop" }',
      'index.ts': code,
      ...more,
    })
    return (await survey(cwd)).find((line) => (line['from'] ?? line['name']) === 'A_TOKEN')
  }

  it.each([
    ['a fallback', "use(process.env.A_TOKEN ?? 'none')"],
    ['a fallback in another line', "use(process.env.A_TOKEN\n  || 'none')"],
    ['a default', "const { A_TOKEN = '' } = process.env"],
    ['a condition', 'if (process.env.A_TOKEN) use()'],
    ['a choice', 'use(process.env.A_TOKEN ? process.env.A_TOKEN.length : 2)'],
    ['a test around it', 'if (process.env.A_TOKEN) { run(() => use(process.env.A_TOKEN.length)) }'],
    ['a test before it', 'process.env.A_TOKEN && use(process.env.A_TOKEN.length)'],
    ['a negated condition', 'use(!!process.env.A_TOKEN)'],
    ['a comparison', "use(process.env.A_TOKEN === 'on')"],
    ['optional chaining', "use(process.env.A_TOKEN?.split(','))"],
    ['a condition on its name', 'const token = process.env.A_TOKEN\nif (token) use(token)'],
    ['being one of two ways', 'use(options.token || process.env.A_TOKEN)'],
    [
      'a condition on the parameter whose default it is',
      'function run(token = process.env.A_TOKEN) { if (token) use(token) }',
    ],
    ['zod', 'z.object({ A_TOKEN: z.string().optional() }).parse(process.env)'],
    ['envalid', "cleanEnv(process.env, { A_TOKEN: str({ default: '' }) })"],
    ['joi', 'ConfigModule.forRoot({ validationSchema: Joi.object({ A_TOKEN: Joi.string() }) })'],
    ['convict', "convict({ token: { format: String, default: '', env: 'A_TOKEN' } })"],
    ['a configuration service', "config.get('A_TOKEN', 'none')"],
    ['the default of an option', 'option({ default: process.env.A_TOKEN })'],
    [
      'a fallback at one of its places',
      "use(process.env.A_TOKEN)\nother(process.env.A_TOKEN || 'none')",
    ],
  ])('%s: optional', async (_, code) => {
    expect(await lineOf(code)).toMatchObject({ type: 'secret', optional: true })
  })

  it.each([
    ['a use of the value', 'use(process.env.A_TOKEN.length)'],
    ['an error', "if (!process.env.A_TOKEN) throw new Error('set it')"],
    ['an exit', 'const token = process.env.A_TOKEN\nif (!token) { log(1); process.exit(1) }'],
    ['zod', 'const schema = z.object({ A_TOKEN: z.string() })\nschema.parse(process.env)'],
    ['t3-env', 'createEnv({ server: { A_TOKEN: z.string() }, runtimeEnv: process.env })'],
    ['envalid', 'cleanEnv(process.env, { A_TOKEN: str() })'],
    [
      'joi',
      'ConfigModule.forRoot({ validationSchema: Joi.object({ A_TOKEN: Joi.string().required() }) })',
    ],
    ['convict', "convict({ token: { format: String, default: null, env: 'A_TOKEN' } })"],
    ['@nestjs/config', "this.configService.getOrThrow<string>('A_TOKEN')"],
    [
      'an error at one of its places',
      "if (!process.env.A_TOKEN) throw x\nother(process.env.A_TOKEN || 'none')",
    ],
    ['a read over several lines', 'use(process\n  .env\n  .A_TOKEN.length)'],
  ])('%s: required', async (_, code) => {
    const line = await lineOf(code)
    expect(line).toMatchObject({ type: 'secret' })
    expect(line).not.toHaveProperty('optional')
  })

  it('its absence in the .env with which the application runs: optional', async () => {
    expect(await lineOf('use(process.env.A_TOKEN)', { '.env': 'OTHER=1\n' })).toMatchObject({
      optional: true,
    })
  })

  it('tests that alone read it: not declared', async () => {
    expect(await lineOf('', { 'test/a.test.js': 'use(process.env.A_TOKEN)' })).toMatchObject({
      type: 'test-only',
    })
  })
})

it.each([
  ['an alias', 'const env = process.env\nuse(env.QUEUE_TOKEN)'],
  ['an import', "import { env as vars } from 'node:process'\nuse(vars.QUEUE_TOKEN)"],
  ['a destructured alias', 'const all = process.env\nconst { QUEUE_TOKEN } = all'],
  ['a constant', "const name = 'QUEUE_TOKEN'\nuse(process.env[name])"],
  ['small letters', 'use(process.env.queue_token)'],
])('finds a variable that code reads through %s', async (_, code) => {
  const cwd = await newShop({ 'src/queue.ts': code })
  expect((await init(cwd)).output).toMatch(/queue_token \(src\/queue\.ts:\d\)/i)
})

it.each([
  [
    'a schema of Prisma',
    'prisma/schema.prisma',
    'datasource db {\n  provider = "postgresql"\n  url = env("QUEUE_URL")\n}',
  ],
  [
    'node-config',
    'config/custom-environment-variables.json',
    '{ "queue": { "token": "QUEUE_TOKEN" } }',
  ],
  ['a program without an ending', 'bin/www', '#!/usr/bin/env node\nuse(process.env.QUEUE_TOKEN)'],
])('finds a variable in %s', async (_, path, text) => {
  const cwd = await newShop({ [path]: text, '.env': `QUEUE_TOKEN=${VALUE}\n` })
  expect((await init(cwd)).output).toMatch(/QUEUE_(?:TOKEN|URL) \(\S+:\d\) becomes/)
})

it.each([
  ['a comment', '// process.env.QUEUE_TOKEN\n'],
  ['a text', "use('process.env.QUEUE_TOKEN')\n"],
  ['another object', 'use(other.env.QUEUE_TOKEN)\n'],
  ['a name that is put together at run time', "use(process.env['QUEUE_' + kind()])\n"],
])('takes nothing for a variable that stands in %s', async (_, code) => {
  const cwd = await newShop({ 'src/queue.js': code })
  expect((await init(cwd)).output).not.toContain('QUEUE_')
})

it('takes a variable that the program itself sets for an optional one, if it is read at all', async () => {
  const code =
    "process.env.A_DIR ??= '.'\nprocess.env.ONLY_SET = '1'\nuse(process.env.A_DIR.length)"
  const cwd = await newRepository({ 'package.json': '{ "name": "shop" }', 'index.js': code })
  const names = (await survey(cwd)).filter(({ type }) => type === 'setting')
  expect(names).toEqual([{ type: 'setting', name: 'A_DIR', where: 'index.js:3', optional: true }])
})

it('looks where git does: into a folder of built files that is tracked, and into none that is ignored', async () => {
  const cwd = await newShop({
    'build/app.js': 'use(process.env.QUEUE_TOKEN)',
    'other/app.js': 'use(process.env.HIDDEN_TOKEN)',
    '.gitignore': 'other/\nnode_modules\n.env\n',
  })
  execFileSync('git', ['init', '--quiet'], { cwd })
  const { output } = await init(cwd)
  expect(output).toContain('QUEUE_TOKEN (build/app.js:1)')
  expect(output).toContain('SMTP_PASSWORD')
  expect(output).not.toContain('HIDDEN_TOKEN')
})

it('names the places at which the whole environment is passed on, but to a child', async () => {
  const cwd = await newShop({
    'src/all.js':
      'replace(text, process.env)\nspawn(a, { env: process.env })\nspawn(a, { ...process.env })',
  })
  const { output } = await init(cwd)
  expect(output).toContain('where the whole environment is passed on: src/all.js:1\n')
})

it.each([
  ['what is installed', 'packages/a/node_modules/other/index.js'],
  ['what is built, without git', 'dist/queue.js'],
])('passes over %s', async (_, path) => {
  const cwd = await newShop({ [path]: 'use(process.env.QUEUE_TOKEN)\n' })
  expect((await init(cwd)).output).not.toContain('QUEUE_TOKEN')
})

it('does not find what is read through a variable of another file, and names where it leaves', async () => {
  const cwd = await newShop({
    'src/env.js': 'export const env = process.env\n',
    'src/queue.js': "import { env } from './env.js'\nuse(env.QUEUE_TOKEN)\n",
  })
  const { output } = await init(cwd)
  expect(output).not.toContain('QUEUE_TOKEN')
  expect(output).toContain('passed on: src/env.js:1')
})

it('gives two variables of one third party names of their own', async () => {
  const cwd = await newShop({ 'src/more.ts': 'use(process.env.STRIPE_SECRET)' })
  const names = (await survey(cwd)).filter(({ type }) => type === 'secret').map(({ name }) => name)
  expect(names).toContain('INTEGRATION_WEB_SHOP__STRIPE')
  expect(names).toContain('INTEGRATION_WEB_SHOP__STRIPE_SECRET')
})

it('declares 300 secrets, each under a name of its own', async () => {
  const reads = Array.from({ length: 300 }, (_, i) => `use(process.env.A${i % 7}_${i}_TOKEN)\n`)
  const cwd = await newShop({ 'src/many.js': reads.join('') })
  await init(cwd, '--write')
  const check = await runProgram(['family', 'check', '--json'], { cwd })
  expect(check.lines()).toEqual([expect.objectContaining({ secrets: 303, contradictions: 0 })])
})

const SLOPPY = String.raw`var mode = 0755, bell = '\07', eight = '\8', nine = 09`

it('reads a sloppy script', async () => {
  const cwd = await newShop({ 'src/old.cjs': `${SLOPPY}\nuse(process.env.QUEUE_TOKEN)\n` })
  expect((await init(cwd)).output).toContain('QUEUE_TOKEN (src/old.cjs:2)')
})

/** Each ended the process, or `rekey init` with an error that names no file. */
const DEEP = [
  'env[',
  'if(a)',
  '`${',
  '[',
  '(',
  'a=>',
  '{',
  'a.b',
  'async()=>{',
  'function f(){',
  '<a>',
]

it.each(DEEP)('names a file that is nested too deep to be parsed, full of %s', async (unit) => {
  const cwd = await newShop({ 'src/deep.js': unit.repeat(65_000 / unit.length) })
  expect((await init(cwd)).output).toContain('cannot be parsed: src/deep.js')
})

it('names the files that it could not read', async () => {
  const cwd = await newShop({
    'src/large.js': `process.env.HIDDEN_TOKEN;${' '.repeat(1024 * 1024)}`,
    'src/broken.js': 'const = ',
  })
  const { output } = await init(cwd)
  expect(output).toContain('1 files are too large')
  expect(output).toContain('cannot be parsed: src/broken.js')
})

it('exits with 2 for a name that no service can have, and reports a package.json that is no JSON', async () => {
  const cwd = await newShop()
  expect(await init(cwd, '--service', 'Web Shop')).toMatchObject({
    code: 2,
    output: expect.stringContaining('--service names no service') as string,
  })
  await writeFile(join(cwd, 'package.json'), `{ "name": "${VALUE}`)
  const run = await init(cwd)
  expect(run).toMatchObject({ code: 1, output: expect.stringContaining('is no JSON') as string })
  expect(run.output).not.toContain(VALUE)
  for (const text of ['null', '[]', '1']) {
    await writeFile(join(cwd, 'package.json'), text)
    expect((await init(cwd)).output).toContain('is no object of JSON: correct it')
  }
})

it.each([
  ['y\n', true],
  ['n\n', false],
  ['\n', false],
])('asks at a terminal before it writes, and takes %j for an answer', async (answer, isWritten) => {
  const cwd = await newShop()
  const { output } = await runProgram(['init'], { cwd, stdin: answer, isTTY: true })
  expect(output).toContain('Write this? [y/N] ')
  expect((await readdir(cwd)).includes('family.json')).toBe(isWritten)
})

const RULE = leakRules()
  .map(({ toml }) => toml)
  .join('\n')

it('adds the rules of the gate to a configuration of gitleaks that is there', async () => {
  const mine = '# ours\n[extend]\nuseDefault = true\n\n[[rules]]\nid = "ours"\n\n\n'
  const cwd = await newShop({ '.gitleaks.toml': mine })
  await init(cwd, '--write')
  const text = await readFile(join(cwd, '.gitleaks.toml'), 'utf8')
  expect(text).toBe(`${mine.trimEnd()}\n\n${RULE}`)
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
  const cwd = await newShop({ '.gitleaks.toml': mine })
  const { output } = await init(cwd, '--write')
  expect(output).toContain('.gitleaks.toml: kept as it is, as it is not safe to change it')
  expect(output).toContain(`  ${RULE.split('\n')[3] ?? ''}\n`)
  expect(await readFile(join(cwd, '.gitleaks.toml'), 'utf8')).toBe(mine)
})

it.each(['{ "lint": "src" }', '{ "exceptions": "x" }', '[]', '{'])(
  'leaves a gate.json that is %s alone',
  async (mine) => {
    const cwd = await newShop({ 'gate.json': mine })
    const { output } = await init(cwd, '--write')
    expect(output).toContain('gate.json: kept as it is, as it is not safe to change it')
    expect(await readFile(join(cwd, 'gate.json'), 'utf8')).toBe(mine)
  },
)

it('keeps a gate.json that has all of it, beside a configuration of gitleaks that knows no placeholders', async () => {
  const mine = '{"lint":["docs","."]}'
  const cwd = await newShop({
    'gate.json': mine,
    '.gitleaks.toml': '[extend]\nuseDefault = true\n',
  })
  await init(cwd, '--write')
  expect(await readFile(join(cwd, 'gate.json'), 'utf8')).toBe(mine)
})

it('has the gate look at all code, where its list leaves some out', async () => {
  const cwd = await newShop({ 'gate.json': '{ "lint": ["docs"], "samples": {} }' })
  await init(cwd, '--write')
  const written = await readFile(join(cwd, 'gate.json'), 'utf8')
  const { exceptions, ...others } = JSON.parse(written) as { readonly exceptions: object }
  expect(others).toEqual({ lint: ['.'], samples: {} })
  expect(Object.keys(exceptions)).toHaveLength(1)
})
