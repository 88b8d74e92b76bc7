import { execFile, execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { isAnsweredHere } from './local-command.ts'
import { runProgram } from '../../test/commands/run-program.support.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

/** A folder with files: text, or `null` for a pipe that has no writer. */
async function folderWith(files: Readonly<Record<string, string | null>>): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'rekey-beside-')))
  onTestFinished(() => rm(root, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name)
    await mkdir(dirname(path), { recursive: true })
    if (text === null) execFileSync('mkfifo', [path])
    else await writeFile(path, text)
  }
  return root
}

/** Runs the command of this package, as a shell does. */
async function rekey(cwd: string, ...args: readonly string[]) {
  const node = ['--conditions=@rekey/source', `--import=${import.meta.resolve('tsx')}`, MAIN]
  return new Promise<{ stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [...node, ...args], { cwd }, (_error, stdout, stderr) => {
      resolve({ stdout, stderr })
    })
  })
}

const FAMILY = fileURLToPath(new URL('../../../../family.json', import.meta.url))
const SECRETS = "import './kinds.js'\nexport const definition = { name: 'shop', secrets: {} }\n"
const MODULES = {
  'package.json': '{ "type": "module" }',
  'services/shop/src/secrets.ts': SECRETS,
  'services/shop/src/kinds.ts': "import { shared } from '../../../shared/index.ts'\nshared()\n",
  'shared/index.ts': 'export const shared = () => undefined\n',
}
/** A project with a `rekey` of its own, which only prints that it ran. */
const LOCAL = {
  'node_modules/@rekey/rekey/package.json':
    '{ "version": "0.0.7", "type": "module", "bin": { "rekey": "./main.js" } }',
  'node_modules/@rekey/rekey/main.js': "process.stdout.write('the copy of the project')\n",
}

it.each([
  ['a definition', 'services/shop/src/secrets.ts'],
  ['a module that it imports', 'services/shop/src/kinds.ts'],
  ['a module that this one imports', 'shared/index.ts'],
])('S29: %s that another user could change is refused, its owner named', async (_, name) => {
  const cwd = await folderWith(MODULES)
  await chmod(join(cwd, name), 0o666)
  const { code, output } = await runProgram(['generate'], { cwd })
  expect({ code, output }).toMatchObject({
    output: expect.stringContaining(
      `${join(cwd, name)} (mode 0666, owner ${process.geteuid?.() ?? 0}) belongs to`,
    ) as string,
  })
  expect(code).not.toBe(0)
})

it('S29: a link in place of what a definition imports is refused', async () => {
  const { 'shared/index.ts': text, ...others } = MODULES
  const cwd = await folderWith({ ...others, 'shared/other.ts': text })
  await symlink(join(cwd, 'shared/other.ts'), join(cwd, 'shared/index.ts'))
  const { output } = await runProgram(['generate'], { cwd })
  expect(output).toContain('shared/index.ts is reached by a symbolic link')
})

it.each(['services/shop/src/secrets.ts', 'services/shop/src/kinds.ts'])(
  'S29: a pipe in place of %s is refused, and not waited for',
  { timeout: 20_000 },
  async (name) => {
    const cwd = await folderWith({ ...MODULES, [name]: null })
    expect((await runProgram(['generate'], { cwd })).output).toContain('is a pipe, a socket or a')
  },
)

it('S29: a family file that another user could change is refused, unless it is named', async () => {
  const family = { services: ['shop'], secrets: {}, store: { locator: 'dotenv:.env' } }
  const cwd = await folderWith({ 'family.json': JSON.stringify(family) })
  await chmod(join(cwd, 'family.json'), 0o666)
  const found = await runProgram(['rights', 'shop'], { cwd })
  expect(found.output).toContain(`or name it: --family ${join(cwd, 'family.json')}`)
  const named = await runProgram(['rights', 'shop', '--family', 'family.json'], { cwd })
  expect(named.output).not.toContain('another user')
})

it('S29: a module that a family file extends is refused where another user could change it', async () => {
  const cwd = await folderWith({
    'family.json': JSON.stringify({ extends: 'shared/base.mjs' }),
    'shared/base.mjs': 'throw new Error("it was run")',
  })
  await chmod(join(cwd, 'shared/base.mjs'), 0o666)
  const { code, output } = await runProgram(['rights', 'vault:secret/shop'], { cwd })
  expect({ code, output }).toEqual({
    code: 1,
    output: expect.stringContaining(`${join(cwd, 'shared/base.mjs')} (mode 0666`) as string,
  })
})

it.each([
  ['family.json', ['rights', 'shop'], 'is a pipe, a socket or a device'],
  ['other.json', ['status', '--family', 'other.json'], 'is a pipe, a socket or a device'],
  ['family.json', ['complete', '--', 'rotate', ''], 'is a pipe, a socket or a device'],
  ['definition.mjs', ['generate', '--definition', 'definition.mjs'], 'it cannot be imported'],
  ['report.json', ['leaks', 'match', 'report.json', '--family', FAMILY], 'is no regular file'],
])(
  'S29: a pipe as %s of %j is refused, and not waited for',
  { timeout: 20_000 },
  async (...row) => {
    const [name, args, message] = row
    const { code, output } = await runProgram(args, { cwd: await folderWith({ [name]: null }) })
    expect({ output, isRefused: code !== 0 }).toEqual({
      output: expect.stringContaining(message) as string,
      isRefused: true,
    })
  },
)

it.each([[['complete', '--', 'rot']], [['--version']]])(
  'S30: %j runs nothing of the copy that a project has',
  { timeout: 30_000 },
  async (args) => {
    const { stdout, stderr } = await rekey(await folderWith(LOCAL), ...args)
    expect(stdout).not.toContain('the copy of the project')
    expect({ stderr, isEmpty: stdout === '' }).toEqual({ stderr: '', isEmpty: false })
  },
)

it.each([[['-v']], [['completion', 'zsh']]])(
  'S30: %j is answered by the command itself',
  (args) => {
    expect(isAnsweredHere(args)).toBe(true)
  },
)

it('S30: another command states which copy runs', { timeout: 30_000 }, async () => {
  const cwd = await folderWith(LOCAL)
  expect(await rekey(cwd, 'status')).toEqual({
    stdout: 'the copy of the project',
    stderr: `rekey 0.0.7 of this project runs: ${join(cwd, 'node_modules/@rekey/rekey')}\n`,
  })
})
