import { execFileSync } from 'node:child_process'
import {
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Deployment } from '../deployment.ts'
import { kindsOf } from '../kinds.ts'
import { createStackDirectory, findStack, publishStack } from './stack-file.ts'

const isRoot = process.geteuid?.() === 0
const OTHER = 65_534

/** A runtime directory with one stack in it, whose process is this one. */
interface Place {
  readonly runtime: string
  readonly stacks: string
  readonly stack: string
  readonly file: string
}

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-runtime-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

const familyAt = (stack: string) => ({
  services: ['signing'],
  store: { locator: `dotenv:${stack}/secrets/.env`, variables: {} },
  fleet: [],
  validationMs: 1,
  auditDirectory: join(stack, 'audit'),
})

async function putStack(runtime: string): Promise<Place> {
  const stacks = join(runtime, 'rekey-stacks')
  const stack = join(stacks, `${process.pid}-1`)
  const file = join(stack, 'stack.json')
  await mkdir(stack, { recursive: true, mode: 0o700 })
  await writeFile(file, JSON.stringify(familyAt(stack)), { mode: 0o600 })
  return { runtime, stacks, stack, file }
}

let place: Place
beforeEach(async () => {
  place = await putStack(await newDirectory())
  vi.stubEnv('XDG_RUNTIME_DIR', place.runtime)
  onTestFinished(() => void vi.unstubAllEnvs())
})

it('finds the stack of this user in XDG_RUNTIME_DIR, and makes new ones there, for this user only', async () => {
  expect(await findStack()).toMatchObject(familyAt(place.stack))
  const made = await createStackDirectory()
  expect(made.startsWith(`${place.stacks}/${process.pid}-`)).toBe(true)
  expect(execFileSync('stat', ['-c', '%a', made], { encoding: 'utf8' })).toBe('700\n')
})

it('finds without its name only a stack that was started in the folder, or in one that holds it', async () => {
  const [origin, elsewhere] = [await realpath(await newDirectory()), await newDirectory()]
  await mkdir(join(origin, 'services'))
  const started = await createStackDirectory()
  await publishStack(started, familyAt(started) as unknown as Deployment, origin)
  for (const folder of [origin, join(origin, 'services')]) {
    expect(await findStack(undefined, folder)).toMatchObject(familyAt(started))
  }
  const remedy = /no stack of this folder is running: .*--family FILE.*--stack/
  await expect(findStack(undefined, elsewhere)).rejects.toThrow(remedy)
  await expect(findStack(undefined, `${origin}-other`)).rejects.toThrow(remedy)
  expect(await findStack(started, elsewhere)).toMatchObject(familyAt(started))
})

it('without XDG_RUNTIME_DIR, uses a directory in the home of the user, one for each machine', async () => {
  const home = await newDirectory()
  vi.stubEnv('XDG_RUNTIME_DIR', '')
  vi.stubEnv('HOME', home)
  await expect(findStack()).rejects.toThrow('no stack is running')
  expect((await createStackDirectory()).startsWith(join(home, '.cache', 'rekey-stacks'))).toBe(true)
  expect(await createStackDirectory()).toContain(`/${hostname()}/`)
})

const refused = { code: 'refused' }

describe('refuses to look at stacks, and to make one,', () => {
  it.each<[string, (place: Place) => Promise<unknown>]>([
    ['when others can list XDG_RUNTIME_DIR', ({ runtime }) => chmod(runtime, 0o755)],
    ['when its group can write to XDG_RUNTIME_DIR', ({ runtime }) => chmod(runtime, 0o770)],
    ['when others can read the directory of stacks', ({ stacks }) => chmod(stacks, 0o705)],
    [
      'when XDG_RUNTIME_DIR is a symbolic link',
      async ({ runtime }) => {
        await rename(runtime, `${runtime}-real`)
        onTestFinished(() => rm(`${runtime}-real`, { recursive: true }))
        await symlink(`${runtime}-real`, runtime)
      },
    ],
    [
      'when the directory of stacks is a symbolic link',
      async ({ runtime, stacks }) => {
        await rename(stacks, join(runtime, 'real'))
        await symlink(join(runtime, 'real'), stacks)
      },
    ],
  ])('%s', async (_when, spoil) => {
    await spoil(place)
    await expect(findStack()).rejects.toMatchObject(refused)
    await expect(createStackDirectory()).rejects.toMatchObject(refused)
  })

  it('when another user could replace XDG_RUNTIME_DIR, since everybody may write above it', async () => {
    const above = await newDirectory()
    await chmod(above, 0o777)
    const runtime = join(above, 'runtime')
    await putStack(runtime)
    vi.stubEnv('XDG_RUNTIME_DIR', runtime)
    await expect(findStack()).rejects.toMatchObject(refused)
  })

  it.runIf(isRoot).each(['runtime', 'stacks'] as const)(
    'when another user made it: %s',
    async (which) => {
      await chown(place[which], OTHER, OTHER)
      await expect(findStack()).rejects.toThrow('belongs to another user')
      await expect(createStackDirectory()).rejects.toMatchObject(refused)
    },
  )
})

describe.each([
  ['found', () => findStack()],
  ['named with --stack', () => findStack(place.stack)],
])('refuses a stack that is %s', (_how, find) => {
  it.each<[string, (place: Place) => Promise<unknown>]>([
    ['whose directory others can enter', ({ stack }) => chmod(stack, 0o711)],
    ['whose directory its group can write', ({ stack }) => chmod(stack, 0o770)],
    ['whose file its group can read', ({ file }) => chmod(file, 0o640)],
    ['whose file everybody can write', ({ file }) => chmod(file, 0o602)],
    ['whose file has a second name', ({ runtime, file }) => link(file, join(runtime, 'second'))],
    [
      'whose file is a symbolic link',
      async ({ runtime, file }) => {
        await rename(file, join(runtime, 'real'))
        await symlink(join(runtime, 'real'), file)
      },
    ],
    [
      'whose file is a pipe, without waiting for a writer',
      async ({ file }) => {
        await rm(file)
        execFileSync('mkfifo', ['-m', '600', file])
      },
    ],
  ])('%s', async (_which, spoil) => {
    await spoil(place)
    await expect(find()).rejects.toMatchObject(refused)
  })

  it.runIf(isRoot).each(['stack', 'file'] as const)(
    'that another user made: the %s',
    async (which) => {
      await chown(place[which], OTHER, OTHER)
      await expect(find()).rejects.toMatchObject(refused)
    },
  )

  const secrets = (locator: string, variables: object = {}) => ({ store: { locator, variables } })
  const elsewhere = { file: '/etc/hostname' }
  const vault = { VAULT_ADDR: 'http://127.0.0.1:9' }
  it.each([
    ['a token in a file', secrets('vault:a/b', { ...vault, VAULT_TOKEN: elsewhere })],
    ['a file', secrets('vault:a/b', { ...vault, REKEY_VAULT_JWT_FILE: '/etc/hostname' })],
    ['a relative path', secrets('vault:a/b', { ...vault, VAULT_TOKEN_FILE: 'token' })],
    ['secrets', secrets('dotenv:/etc/hostname')],
    ['secrets with ..', secrets(`dotenv:/run/../etc/hostname`)],
    ['an audit log', { auditDirectory: '/var/log' }],
    ['a kind', { kinds: ['/etc/hostname'] }],
  ])('that names %s outside of its directory', async (_what, part) => {
    await writeFile(place.file, JSON.stringify({ ...familyAt(place.stack), ...part }))
    await expect(find()).rejects.toThrow('names a file elsewhere')
  })

  it.each(['vault:a/b', 'aws:a', 'kubernetes:a'])(
    'that leaves the credentials for %s to the environment',
    async (locator) => {
      const family = { ...familyAt(place.stack), ...secrets(locator) }
      await writeFile(place.file, JSON.stringify(family))
      await expect(find()).rejects.toThrow(/(VAULT_ADDR|AWS_ACCESS_KEY_ID|KUBECONFIG) is missing/)
    },
  )
})

it('imports the kinds that a stack brings along, if this user alone can have written them', async () => {
  const file = join(place.stack, 'kinds.mjs')
  const kind = "{ kind: 'licence', parties: [], storeName() {}, lifeOf() {} }"
  await writeFile(file, `export const kind = ${kind}`, { mode: 0o600 })
  await writeFile(place.file, JSON.stringify({ ...familyAt(place.stack), kinds: [file] }))
  expect(kindsOf(await findStack(place.stack)).has('licence')).toBe(true)
  await chmod(file, 0o622)
  await expect(findStack(place.stack)).rejects.toMatchObject(refused)
})

it('says so where no stack is', async () => {
  await rm(place.stack, { recursive: true })
  await expect(findStack(place.stack)).rejects.toThrow('holds no running stack')
  await expect(findStack()).rejects.toThrow('no stack is running')
})
