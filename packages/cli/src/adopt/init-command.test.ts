import { randomBytes } from 'node:crypto'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../run-program.test.support.ts'

const VALUE = randomBytes(24).toString('base64url')
const MODULES = join(import.meta.dirname, '../../../../node_modules')

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
    'npx rekey issue integration web-shop:stripe --env services/web-shop/.env',
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
  const file = 'services/web-shop/.env'
  const issued = await runProgram(['issue', 'integration', 'web-shop:stripe', '--env', file], {
    cwd,
  })
  expect(issued.code).toBe(0)
})

it('keeps every file that is there, and says so', async () => {
  const cwd = await newRepository({ 'family.json': '{ "services": ["kept"] }' })
  const { output } = await runProgram(['init', '--write'], { cwd })
  expect(output).toContain('family.json: kept as it is')
  expect(await readFile(join(cwd, 'family.json'), 'utf8')).toBe('{ "services": ["kept"] }')
  const again = await runProgram(['init', '--write'], { cwd })
  expect(again.output).not.toContain(': written')
})

it('gives two variables of one third party names of their own, and a second database to be looked at', async () => {
  const cwd = await newRepository({
    'src/more.ts': `import.meta
process.env.STRIPE_SECRET; process.env.REPORTING_DB_URL; process.env.DB_REPORTS_URL`,
  })
  const { output } = await runProgram(['init', '--json'], { cwd })
  expect(output).toContain('"INTEGRATION_WEB_SHOP__STRIPE"')
  expect(output).toContain('"INTEGRATION_WEB_SHOP__STRIPE_SECRET"')
  expect(output).toContain('secrets.ts')
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
