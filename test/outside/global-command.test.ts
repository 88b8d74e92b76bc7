// @lane servers
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DisposalStack } from '@rekey/secret'
import { runProgram } from '@rekey/test-packed'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStrangerProject, type StrangerProject } from './stranger-project.ts'

const COMMAND = '@rekey/rekey/dist/main.js'

const own = new DisposalStack()
let project: StrangerProject
let directory: string

beforeAll(async () => {
  project = own.use(await openStrangerProject(['@rekey/rekey']), 'project')
  directory = await realpath(await mkdtemp(join(tmpdir(), 'rekey-global-')))
  own.defer(() => rm(directory, { recursive: true }), 'directory')
}, 240_000)
afterAll(() => own.dispose())

/** What `npm install --global --prefix` lays out, apart from some packages. */
async function installGlobally(...without: readonly string[]): Promise<string> {
  const packages = join(directory, `without-${without.length}`, 'lib/node_modules')
  await cp(join(project.root, 'node_modules'), packages, { recursive: true })
  for (const name of without) await rm(join(packages, name), { recursive: true })
  return join(packages, COMMAND)
}

const run = (command: string, args: readonly string[], cwd: string) =>
  runProgram(process.execPath, [command, ...args], { cwd })

it('a command that is installed globally runs that of the project, and loads nothing else of its own', async () => {
  const command = await installGlobally('@rekey/log-redactor')
  const help = await run(command, ['--help'], project.root)
  expect(help).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^rekey \S+ of this project runs: \S+\n$/) as string,
  })
  expect(help.stdout).toContain('Usage: rekey')
  expect((await run(command, ['--help'], directory)).code).not.toBe(0)
}, 60_000)

it('without one in the project, it rotates a kind of the family that uses other copies of the packages', async () => {
  const command = await installGlobally()
  // A command is looked for in the working directory, and not where the family is.
  const root = join(directory, 'project/operations')
  await cp(join(project.root, 'node_modules'), join(root, 'node_modules'), { recursive: true })
  await mkdir(join(root, 'audit'))
  await writeFile(join(root, '.env'), `LICENCE_FRONTEND=dev-${'first-'.repeat(6)}\n`, {
    mode: 0o600,
  })
  await writeFile(join(root, 'package.json'), '{ "type": "module" }')
  await writeFile(join(root, 'family.js'), FAMILY)
  const rotated = await run(
    command,
    ['rotate', 'licence', 'frontend', '--family', 'operations/family.js'],
    join(root, '..'),
  )
  expect({ ...rotated, stdout: '' }).toEqual({
    ...{ code: 5, stdout: '' },
    stderr: expect.stringContaining(
      'the register refuses it (everything is as it was before)',
    ) as string,
  })
}, 60_000)

it('the commands of a CA are rekey-ca too, which prints what to install where rekey is not', async () => {
  const help = await project.run('rekey-ca', ['--help'])
  expect(help).toMatchObject({ code: 0, stderr: '' })
  expect(help.stdout).toContain('Usage: rekey ca [options] [command]')
  const shown = await project.run('rekey-ca', ['show', '/nowhere'])
  expect(shown).toMatchObject({ code: 1, stderr: expect.stringMatching(/^missing: /) as string })
  expect(shown).toEqual(await project.run('rekey', ['ca', 'show', '/nowhere']))
  const command = await installGlobally('@rekey/rekey')
  const alone = join(command, '../../../ca-keystore/dist/commands/main.js')
  expect(await run(alone, ['show', '/nowhere'], directory)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/not installed: npm install "?@rekey\/rekey/) as string,
  })
  const cut = join(
    await installGlobally('@rekey/api-key-auth', '@rekey/audit-log'),
    '../../../ca-keystore',
  )
  const broken = await run(join(cut, 'dist/commands/main.js'), ['show', '/nowhere'], directory)
  expect(broken).toMatchObject({ code: 1 })
  expect(broken.stderr).not.toContain('@rekey/rekey@')
}, 60_000)

const FAMILY = `import { defineFamily } from '@rekey/rekey'
import { Secret, SecretError } from '@rekey/secret'
import { defineKind } from '@rekey/secret/kind'

const licenceKey = () => ({
  kind: 'licence', rule: 'at least 32 characters', access: { end: 'owner' }, minLength: 32,
  nameFor: () => 'LICENCE_FRONTEND',
  parse: (text) => ({ value: text, sensitive: [text], nonProduction: true }),
})
const done = async () => undefined
const licence = defineKind({
  kind: 'licence', parties: ['service'], spec: { owner: licenceKey }, storeName: () => 'LICENCE_FRONTEND',
  schedule: { rotateAfterMs: 86_400_000, staggerMs: 0 },
  rotationOf: ({ name }) => ({
    kind: 'licence', name, plan: async () => ({ generate: 'a new key' }),
    generate: async () => Secret.of('dev-' + 'second-'.repeat(6), name),
    admit: done, confirm: done, revoke: done, abort: done,
    prove: async () => { throw new SecretError('rejected', 'the register refuses it') },
  }),
})
export const family = defineFamily({
  services: ['frontend'], secrets: { licence: ['frontend'] }, journal: 'store', validationMs: 0,
  store: { locator: 'dotenv:' + new URL('.env', import.meta.url).pathname }, environment: 'development',
  auditDirectory: new URL('audit', import.meta.url).pathname,
  fleet: [{ service: 'frontend', url: 'http://127.0.0.1:9', healthUrl: 'http://127.0.0.1:9' }],
}, { kinds: [licence] })
`
