// @lane servers
import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDatabaseUrl } from '@rekey/db-pool-rotator'
import { admitLogin, listLogins, nextLoginName } from '@rekey/db-pool-rotator/roles'
import { inTransaction } from '@rekey/db-pool-rotator/internal/roles'
import { loadDeployment, loadFamily, openRotator } from '@rekey/rekey'
import { rollBack, rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { Secret } from '@rekey/secret'
import { envFileOf, openStack, type Stack } from '@rekey/stack'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { runRekey, startRekey } from '@rekey/test-support'
import { createPlant } from './planted-secrets.ts'
import { openMailbox } from './mailbox.ts'
import { openReceiver } from './webhook-receiver.ts'

const KEY = 'api-key frontend:signing'
const KEY_NAME = 'API_KEY_FRONTEND_SIGNING'
const LOGIN = 'database certtransparency'
const LOGIN_NAME = 'DATABASE_CERTTRANSPARENCY'
const ROTATOR = 'rotator-login main'
const ROTATOR_NAME = 'DATABASE_ROTATOR'
const DATABASES = ['DATABASE_FRONTEND', LOGIN_NAME]
const API_KEYS = [KEY_NAME, 'API_KEY_SIGNING_CERTTRANSPARENCY']

vi.setConfig({ testTimeout: 120_000 })

let stack: Stack
let rotator: Awaited<ReturnType<typeof openRotator>>
let directory: string

beforeAll(async () => {
  stack = await openStack({ validationMs: 200 })
  rotator = await openRotator({ ...stack.family, validationMs: 200 })
  directory = await mkdtemp(join(tmpdir(), 'rekey-cli-'))
}, 120_000)
afterAll(async () => {
  await rm(directory, { recursive: true })
  await rotator.close()
  await stack.close()
})

const rekey = (...args: string[]) => runRekey([...args, '--stack', stack.directory])
const on = (command: string, title: string, ...flags: string[]) =>
  rekey(command, ...title.split(' '), ...flags)
const versionOf = async (name: string) => (await stack.store.read(name)).current.version
const versions = (names: readonly string[]) => Promise.all(names.map(versionOf))

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Ends a rotator at one point of a rotation, as the callback of its events. */
const dieAt = (point: string) => (event: RotationEvent) => {
  if (`${event.step} ${event.phase}` === point) throw new Error('gone')
}

/** A rotation whose rotator has gone away at `point`. */
async function interrupt(title: string, point: string, request: string) {
  const kind = rotator.kinds.get(title)
  if (kind === undefined) throw new Error(`no ${title}`)
  const { store, journal } = rotator
  const dying = rotate(kind, { store, journal, request, onEvent: dieAt(point) })
  await expect(dying).rejects.toThrow('gone')
}

/** Makes the current versions of `names` so many days old, as the store tells it. */
async function makeOld(names: readonly string[], days: number) {
  const made = new Date(Date.now() - days * 86_400_000).toISOString()
  let text = await readFile(envFileOf(stack), 'utf8')
  for (const name of names) {
    text = text.replace(new RegExp(`# @created .*\n(?=${name}=)`), `# @created ${made}\n`)
  }
  await writeFile(`${envFileOf(stack)}.old`, text, { mode: 0o600 })
  await rename(`${envFileOf(stack)}.old`, envFileOf(stack))
}

/** Writes a policy file: the built-in times, but no two rotations are kept apart. */
async function policy(stagger: string): Promise<string> {
  const path = join(directory, `${randomBytes(6).toString('hex')}.json`)
  const apiKey = { rotateAfter: '30 d', maxAge: '90 d', stagger }
  const database = { rotateAfter: '7 d', maxAge: '30 d', stagger }
  await writeFile(path, JSON.stringify({ 'api-key': apiKey, database }))
  return path
}

const due = async (...flags: string[]) =>
  rekey('rotate', '--due', '--json', '--policy', await policy('0 s'), ...flags)

/** `[secret, outcome]` of each secret that had or awaited its turn. */
const outcomes = (lines: Record<string, unknown>[]) =>
  lines.filter((line) => 'outcome' in line).map(({ secret, outcome }) => [secret, outcome])

const patience = { timeout: 60_000, interval: 20 }

/** Waits for a line of a command that runs. */
const saw = (one: ReturnType<typeof startRekey>, wanted: Record<string, unknown>) =>
  vi.waitFor(() => {
    expect(one.lines()).toContainEqual(expect.objectContaining(wanted))
  }, patience)

it.each([KEY, LOGIN, ROTATOR])(
  'plans the rotation of %s, and changes nothing',
  async (title) => {
    const before = [await readFile(envFileOf(stack), 'utf8'), await rotator.journal.entries()]
    const { code, stdout, lines } = await on('rotate', title, '--plan', '--json')
    expect(code).toBe(0)
    expect(lines()).toMatchObject([{ mode: 'forward', isOpen: false }])
    const plan = await on('rotate', title, '--plan', '--compromised')
    expect(plan.stdout).toContain('without grace')
    expect([await readFile(envFileOf(stack), 'utf8'), await rotator.journal.entries()]).toEqual(
      before,
    )
    for (const name of [...API_KEYS, ...DATABASES, ROTATOR_NAME]) {
      const { current } = await stack.store.read(name)
      expect(stdout + plan.stdout).not.toContain(current.value.expose())
    }
  },
  60_000,
)

it('R29 rotate called twice with one key: gives the same result, and rotates once', async () => {
  const first = await on('rotate', KEY, '--request', 'november', '--json')
  const version = await versionOf(KEY_NAME)
  const second = await on('rotate', KEY, '--request', 'november', '--json')
  expect([first.code, second.code]).toEqual([0, 0])
  expect(second.lines()).toEqual([first.lines().at(-1)])
  expect(await versionOf(KEY_NAME)).toBe(version)
})

it('R29 a rotation is open: another key is refused with 3, status shows it, rollback ends it', async () => {
  const before = await versionOf(LOGIN_NAME)
  await interrupt(LOGIN, 'promote end', 'one')
  const [other, status, text, plan] = await Promise.all([
    on('rotate', LOGIN, '--request', 'two'),
    rekey('status', '--json'),
    rekey('status'),
    on('rotate', LOGIN, '--plan'),
  ])
  expect(other).toMatchObject({ code: 3, stderr: expect.stringContaining('as one') as string })
  const found = status.lines().find(({ name }) => name === LOGIN_NAME)
  expect(found?.['open']).toMatchObject({ mode: 'forward', request: 'one' })
  expect(text.stdout).toMatch(/a rotation is open, since .*, requested as one/)
  expect(plan.stdout).toMatch(/done +promote/)
  expect(await on('rollback', LOGIN)).toMatchObject({ code: 0, stderr: '' })
  expect(await versionOf(LOGIN_NAME)).toBe(before)
  const again = await on('rollback', LOGIN)
  expect(again).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('no rotation was open') as string,
  })
})

it.each([
  [KEY, KEY_NAME],
  [LOGIN, LOGIN_NAME],
  [ROTATOR, ROTATOR_NAME],
])(
  'rotates %s without grace when it has leaked, and says so',
  async (title, name) => {
    const before = await stack.store.read(name)
    const { code, lines } = await on('rotate', title, '--compromised', '--json')
    expect(code).toBe(0)
    expect(lines()[0]).toMatchObject({ type: 'emergency', secret: name, grace: false })
    expect(lines().map(({ step }) => step)).not.toContain('confirm')
    const after = await stack.store.read(name)
    expect(after.current.version).not.toBe(before.current.version)
    expect([after.pending, after.previous]).toEqual([undefined, undefined])
  },
  60_000,
)

it('does nothing when nothing is due', async () => {
  const [json, text] = await Promise.all([due(), rekey('rotate', '--due')])
  expect(json).toMatchObject({ code: 0, stdout: '', stderr: '' })
  expect(text).toMatchObject({ code: 0, stdout: 'nothing is due\n', stderr: '' })
})

it('plans what is due and when, changes nothing, and exits with 7 if something is overdue', async () => {
  await makeOld([LOGIN_NAME], 8)
  const before = await versions([...API_KEYS, ...DATABASES])
  const plan = await due('--plan')
  expect(plan.code).toBe(0)
  expect(plan.lines()[0]).toMatchObject({ secret: LOGIN_NAME, isDue: true, reason: 'age' })
  const later = plan.lines().slice(1)
  expect(later.every(({ dueAt }) => Date.parse(String(dueAt)) > Date.now())).toBe(true)
  await makeOld([KEY_NAME], 91)
  await makeOld(['DATABASE_FRONTEND'], 6)
  const { user } = parseDatabaseUrl(
    (await stack.store.read('DATABASE_FRONTEND')).current.value.expose(),
  )
  const until = (end: string) =>
    rotator.adminPool('frontend').query(`alter role ${user} valid until '${end}'`)
  await until(new Date(Date.now() + 2 * 86_400_000).toISOString())
  const [late, status] = await Promise.all([due('--plan'), rekey('status')])
  await until('infinity')
  const ending = { secret: 'DATABASE_FRONTEND', isDue: true, isOverdue: false, reason: 'expiry' }
  expect(late.lines()).toContainEqual(expect.objectContaining(ending))
  expect(status.stdout).toMatch(/database frontend .* due \(expiry\)/)
  expect(late.code).toBe(7)
  expect(late.lines()[0]).toMatchObject({ secret: KEY_NAME, isOverdue: true })
  expect(status.stdout).toMatch(/frontend:signing .*91 d old.* overdue \(age\)/)
  expect(await versions([...API_KEYS, ...DATABASES])).toEqual(before)
})

it('rotates exactly what is due, what is overdue first', async () => {
  await makeOld([KEY_NAME], 91)
  await makeOld([LOGIN_NAME], 8)
  const names = [...API_KEYS, ...DATABASES]
  const before = await versions(names)
  const { code, stderr, lines } = await due()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const rotated = [KEY_NAME, LOGIN_NAME]
  expect(outcomes(lines())).toEqual(rotated.map((name) => [name, 'rotated']))
  const after = await versions(names)
  const changed = names.filter((_name, n) => before[n] !== after[n])
  expect(changed).toEqual(rotated)
})

it('R7 two runs at once: each due secret is rotated once', async () => {
  await makeOld(DATABASES, 8)
  const runs = await Promise.all([due(), due()])
  expect(runs.map(({ code }) => code)).toEqual([0, 0])
  const staged = runs.flatMap(({ lines }) => lines()).filter(({ step }) => step === 'stage')
  expect(staged.map(({ secret }) => secret).sort()).toEqual(DATABASES.toSorted())
})

it('R49 rotates the logins of two services side by side, where it is let', async () => {
  await makeOld(DATABASES, 8)
  const { code, lines } = await due('--at-once', '2')
  expect(code).toBe(0)
  expect(outcomes(lines()).toSorted()).toEqual(DATABASES.toSorted().map((n) => [n, 'rotated']))
  const first = lines().find(({ step }) => step === 'stage')?.['secret']
  const begun = lines().findIndex(({ step, secret }) => step === 'stage' && secret !== first)
  const ended = lines().findIndex(({ outcome }) => outcome === 'rotated')
  expect(begun).toBeGreaterThan(0)
  expect(begun).toBeLessThan(ended)
})

it('counts what somebody else rotates as no failure', async () => {
  await makeOld(DATABASES, 8)
  const claim = await rotator.journal.claim(LOGIN_NAME, 'the other one', 60_000)
  const { code, lines } = await due()
  await claim.release()
  expect(code).toBe(0)
  expect(outcomes(lines()).sort()).toEqual([
    [LOGIN_NAME, 'busy'],
    ['DATABASE_FRONTEND', 'rotated'],
  ])
  expect((await due()).code).toBe(0)
})

it('puts off what touches a service that was rotated shortly before, and exits with 7 if that is overdue', async () => {
  await makeOld(['DATABASE_FRONTEND'], 8)
  await makeOld([KEY_NAME], 31)
  const flags = ['rotate', '--due', '--json', '--policy', await policy('1 h')]
  await on('rotate', LOGIN)
  const putOff = await rekey(...flags)
  expect(putOff.code).toBe(0)
  expect(putOff.lines().at(-1)).toMatchObject({ outcome: 'put off' })
  const [left] = [KEY_NAME, 'DATABASE_FRONTEND'].filter(
    (name) => name === putOff.lines().at(-1)?.['secret'],
  )
  await makeOld([String(left)], 91)
  const overdue = await rekey(...flags)
  expect(overdue.code).toBe(7)
  expect((await due()).code).toBe(0)
})

it('goes on with the others when one fails, and the next run finishes what was begun', async () => {
  await makeOld([KEY_NAME], 31)
  await makeOld([LOGIN_NAME], 8)
  const signing = stack.services.find(({ name }) => name === 'signing')
  await signing?.stop()
  const failed = await due('--deadline-ms', '500')
  await signing?.start()
  expect(failed.code).toBe(4)
  expect(outcomes(failed.lines())).toEqual([
    [KEY_NAME, 'failed'],
    [LOGIN_NAME, 'rotated'],
  ])
  const { pending } = await stack.store.read(KEY_NAME)
  const next = await due()
  expect(next.code).toBe(0)
  expect(outcomes(next.lines())).toEqual([[KEY_NAME, 'rotated']])
  expect(await versionOf(KEY_NAME)).toBe(pending?.version)
})

it('finishes a rotation that was being rolled back by rolling it back', async () => {
  const before = await versionOf(LOGIN_NAME)
  await interrupt(LOGIN, 'promote end', 'one')
  const kind = rotator.kinds.get(LOGIN)
  if (kind === undefined) throw new Error(`no ${LOGIN}`)
  const { store, journal } = rotator
  const gone = { store, journal, onEvent: dieAt('roll-back end') }
  await expect(rollBack(kind, gone)).rejects.toThrow('gone')
  const { code, lines } = await due()
  expect(code).toBe(0)
  expect(outcomes(lines())).toEqual([[LOGIN_NAME, 'rolled back']])
  expect(await versionOf(LOGIN_NAME)).toBe(before)
})

it('a controller rotates what becomes due; one that is killed is replaced, and one that is stopped ends with 0', async () => {
  const flags = ['--every-ms', '300', '--lease-ms', '2000', '--policy', await policy('0 s')]
  const start = () =>
    startRekey(['controller', ...flags, '--port', '0', '--stack', stack.directory])
  await using first = start()
  await saw(first, { type: 'leading' })
  await using second = start()
  await saw(second, { type: 'following' })
  await makeOld([KEY_NAME, LOGIN_NAME], 31)
  await saw(first, { type: 'rotated', secret: KEY_NAME })
  await saw(first, { type: 'rotated', secret: LOGIN_NAME })
  const port = Number(first.lines().find(({ type }) => type === 'listening')?.['port'])
  const turns = `rekey_rotation_turns_total{secret="${KEY_NAME}",outcome="rotated"} 1\n`
  await vi.waitFor(async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    expect(metrics).toContain(turns)
  }, patience)
  await first.stop('SIGKILL')
  await saw(second, { type: 'leading' })
  await makeOld([LOGIN_NAME], 31)
  await saw(second, { type: 'rotated', secret: LOGIN_NAME })
  expect(await second.stop()).toBe(0)
  expect(second.lines().at(-1)).toEqual({ type: 'stopped' })
})

it('R53 a login that leaks while a controller waits for its sessions is refused at once, as is the one that was to follow, and the controller goes on', async () => {
  await makeOld([LOGIN_NAME], 31)
  const valueOf = async () => (await stack.store.read(LOGIN_NAME)).current.value.expose()
  const leaked = [await valueOf()]
  const session = new pg.Client({ connectionString: leaked[0] })
  // The emergency ends it.
  session.on('error', () => undefined)
  await session.connect()
  const flags = ['--every-ms', '300', '--policy', await policy('0 s')]
  await using controller = startRekey(['controller', ...flags, '--stack', stack.directory])
  await saw(controller, { type: 'step', secret: LOGIN_NAME, step: 'promote' })
  leaked.push(await valueOf())
  const plan = await on('rotate', LOGIN, '--compromised', '--plan')
  expect(plan.stdout).toContain('from which it would be taken over')
  const { code, lines } = await on('rotate', LOGIN, '--compromised', '--json')
  expect(code).toBe(0)
  expect(lines()).toContainEqual(
    expect.objectContaining({ type: 'taken-over', secret: LOGIN_NAME }),
  )
  for (const connectionString of leaked) {
    const refused = { code: expect.stringMatching(/^28/) as string }
    await expect(new pg.Client({ connectionString }).connect()).rejects.toMatchObject(refused)
  }
  await saw(controller, { type: 'failure', secret: LOGIN_NAME, code: 'fenced' })
  await makeOld([KEY_NAME], 31)
  await saw(controller, { type: 'rotated', secret: KEY_NAME })
  expect(await controller.stop()).toBe(0)
})

it('a controller and a process that holds connections go on while the login of the rotator is replaced, also when it has leaked', async () => {
  const flags = ['--every-ms', '300', '--policy', await policy('0 s')]
  await using controller = startRekey(['controller', ...flags, '--stack', stack.directory])
  await makeOld([KEY_NAME], 31)
  await saw(controller, { type: 'rotated', secret: KEY_NAME })
  for (const [flag, name] of [
    ['--json', 'DATABASE_FRONTEND'],
    ['--compromised', LOGIN_NAME],
  ] as const) {
    const connectionString = (await stack.store.read(ROTATOR_NAME)).current.value.expose()
    expect(await on('rotate', ROTATOR, flag)).toMatchObject({ code: 0, stderr: '' })
    const refused = { code: '28P01' }
    await expect(new pg.Client({ connectionString }).connect()).rejects.toMatchObject(refused)
    await makeOld([name], 31)
    await saw(controller, { type: 'rotated', secret: name })
    expect(await rotator.journal.entries([ROTATOR_NAME])).toHaveLength(1)
  }
  const status = await rekey('status')
  expect(status.stdout).toMatch(/rotator-login main .*current/)
  expect(await controller.stop()).toBe(0)
})

it('a controller sends a signed message and a mail when a secret is overdue, and when it is not any more', async () => {
  const key = `whsec_${randomBytes(32).toString('base64')}`
  await using receiver = await openReceiver(key)
  const signing = stack.services.find(({ name }) => name === 'signing')
  await signing?.stop()
  await makeOld([KEY_NAME], 91)
  const flags = ['--every-ms', '300', '--deadline-ms', '500', '--policy', await policy('0 s')]
  await using mailbox = await openMailbox()
  const to = ['--webhook', receiver.url, '--mail', 'ops@example.com', '--ca', stack.caDirectory]
  const args = ['controller', ...flags, ...to, '--stack', stack.directory]
  const env = { REKEY_WEBHOOK_KEY: key, REKEY_SMTP_URL: mailbox.url }
  await using controller = startRekey(args, env)
  const sent = (type: string) =>
    vi.waitFor(
      () => {
        expect(receiver.messages).toContainEqual(
          expect.objectContaining({
            ...{ type },
            data: { secret: KEY_NAME, kind: 'api-key', next: expect.any(String) as string },
          }),
        )
      },
      { timeout: 60_000, interval: 50 },
    )
  await sent('secret.overdue.began')
  await sent('secret.stuck.began')
  await signing?.start()
  expect((await on('rotate', KEY)).code).toBe(0)
  await sent('secret.overdue.ended')
  const undrilled = { type: 'ca.undrilled.began' }
  expect(receiver.messages).toContainEqual(expect.objectContaining(undrilled))
  await vi.waitFor(
    () => {
      expect(mailbox.subjects()).toEqual(
        expect.arrayContaining([
          `rekey: ${stack.caDirectory} undrilled`,
          `rekey: ${KEY_NAME} overdue`,
          `rekey: ${KEY_NAME} overdue, over`,
        ]),
      )
    },
    { timeout: 60_000, interval: 50 },
  )
  expect(await controller.stop()).toBe(0)
  expect(JSON.stringify(controller.lines())).not.toContain(key.slice(6))
  expect(receiver.forged).toBe(0)
})

it('sweeps away a login of a version that the store has lost, and none before it is on record', async () => {
  const pool = rotator.adminPool('certtransparency')
  const login = nextLoginName('certtransparency')
  const client = await pool.connect()
  const password = Secret.of(randomBytes(32).toString('base64url'), login)
  await inTransaction(client, () =>
    admitLogin(client, { ownerRole: 'certtransparency', login, password }),
  )
  expect((await on('sweep', LOGIN)).stdout).toContain('nothing to remove')
  const claim = await rotator.journal.claim(LOGIN_NAME, 'a test', 10_000)
  const from = { version: 'lost', account: login }
  await claim.setIntent({ mode: 'forward', outcome: 'rolled-back', from, accounts: [from] })
  await claim.release()
  const { code, lines } = await rekey('sweep', '--json')
  expect(code).toBe(0)
  expect(lines()).toContainEqual({ type: 'swept', secret: LOGIN_NAME, removed: [login] })
  expect(lines()).toContainEqual({ type: 'swept', secret: KEY_NAME, removed: [] })
  expect(await listLogins(client, 'certtransparency')).toHaveLength(1)
  client.release()
  expect((await on('sweep', LOGIN)).stdout).toContain('nothing to remove')
})

it('plans the migration of a role: SQL on stdout, warnings on stderr, no URL in either', async () => {
  const url = stack.postgres.adminUrl.expose()
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query('create role shop login')
  await admin.end()
  const plan = (...flags: string[]) =>
    runRekey(['db', 'adopt', 'shop', ...flags], { REKEY_URL: url })
  const { code, stdout, stderr } = await plan('--url-variable', 'REKEY_URL', '--part', 'prepare')
  expect(code).toBe(0)
  expect(stdout).toMatch(/create role "?shop_g1"? login password :'verifier'/)
  expect(stdout).not.toContain('nologin')
  expect(stderr).toContain('warning: ')
  expect(stdout + stderr).not.toContain(url)
  const other = await plan(
    '--url-variable',
    'REKEY_URL',
    '--login',
    'shop_first',
    '--owner',
    'shop_owner',
  )
  expect(other.stdout).toMatch(/rename to "?shop_owner"?/)
  const wrong = await plan('--url-variable', 'NOT_SET')
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('NOT_SET') as string })
})

/** What a document tells a scheduler or its reader to run; quotes and brackets are those of JSON and YAML. */
async function examples() {
  const path = new URL('../../docs/scheduling.md', import.meta.url)
  const blocks = [...(await readFile(path, 'utf8')).matchAll(/```\w+\n([^`]*)```/g)]
  const texts = blocks.map(([, text = '']) => text)
  const lines = texts.join('').replace(/["',\\[\]{}]/g, ' ')
  const commands = [...lines.matchAll(/\brekey +((?:rotate|sweep) .*)$/gm)]
  return {
    policy: texts.find((text) => text.includes('"rotateAfter"')) ?? '',
    family: texts.find((text) => text.includes('"locator"')) ?? '',
    commands: commands.map(([, command = '']) => command.trim().split(/ +/)),
  }
}

it('every rekey command in docs/scheduling.md works, and its policy is the built-in one', async () => {
  const { policy: documented, commands } = await examples()
  const path = join(directory, 'documented.json')
  await writeFile(path, documented)
  expect(commands).toHaveLength(3)
  const files: Record<string, string> = {
    '/etc/rekey/policy.json': path,
    '/etc/rekey/deployment.json': join(stack.directory, 'stack.json'),
  }
  for (const command of commands) {
    const { code, stderr } = await runRekey(command.map((word) => files[word] ?? word))
    expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' })
  }
  const plan = ['rotate', '--due', '--plan', '--json']
  const [written, builtIn] = await Promise.all([rekey(...plan, '--policy', path), rekey(...plan)])
  expect(written.lines()).toEqual(builtIn.lines())
})

it('the deployment in docs/scheduling.md extends the family of this repository', async () => {
  // The kinds that it brings along are packages beside it.
  const [root, modules] = [join(import.meta.dirname, '../..'), 'node_modules']
  await symlink(join(root, modules), join(directory, modules))
  await copyFile(join(root, 'family.json'), join(directory, 'family.json'))
  const path = join(directory, 'deployment.json')
  await writeFile(path, (await examples()).family)
  expect(await loadDeployment(path)).toMatchObject({
    ...{ environment: 'production', journal: 'main' },
    databases: stack.family.databases,
    secrets: (await loadFamily(join(directory, 'family.json'))).secrets,
  })
})

it('masks every secret that a rotator reads, makes or wraps, where a line shows it as text and in base64', async () => {
  const { env, planted } = await createPlant(directory)
  for (const title of [KEY, LOGIN]) {
    const args = ['rotate', ...title.split(' '), '--stack', stack.directory]
    const { stdout, stderr, code } = await runRekey(args, env)
    expect(code).toBe(0)
    const printed = stdout + stderr
    const found = await planted()
    const leaked = found.filter(
      ({ value }) => printed.includes(value) || printed.includes(base64(value)),
    )
    expect(leaked.map(({ label }) => label)).toEqual([])
    expect(printed.match(/^planted .*\[secret /gm)?.length).toBeGreaterThan(2)
  }
  const labels = (await planted()).map(({ label }) => label)
  expect(labels).toEqual(expect.arrayContaining([KEY_NAME, LOGIN_NAME]))
})

it('prints the value that rekey issue makes through a pipe, and masks it anywhere else', async () => {
  const { env } = await createPlant(directory)
  const { stdout, stderr } = await runRekey(['issue', 'api-key', 'shop:stock'], env)
  expect(stdout).toMatch(/^rk_dev_\w+$/)
  expect(stderr).toContain('[secret ')
  expect(stderr).not.toContain(stdout)
})
