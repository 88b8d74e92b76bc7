import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSignedLog } from '@rekey/audit-log'
import { createCa, openCaKeystore } from '@rekey/ca-keystore'
import { createFileSource } from '@rekey/rekey/internal/discovery'
import { Secret, type SecretSource } from '@rekey/secret'
import { readReportKeys } from '@rekey/config-loader/internal/store'
import { openSource } from '@rekey/config-loader/store'
import { readTrust } from '@rekey/secret/trust'
import { expect, it, onTestFinished } from 'vitest'

/** A part of Rekey that reads a file, with one that it takes. */
interface Reader {
  readonly title: string
  /** Makes the file and what lies beside it. @returns its path, and a read of it that tells whether it was taken */
  readonly prepare: (directory: string) => Promise<{ path: string; read: () => Promise<unknown> }>
  /** Whether another user may change it, and it may be a link, since it holds nothing that is trusted for itself. */
  readonly isOpen?: true
}

const NAME = 'KEY'
const newValue = () => `dev-${randomBytes(24).toString('base64url')}`

/** Reads one secret anew. */
async function readOnce(locator: string, env: Record<string, string> = {}): Promise<unknown> {
  const opened: SecretSource & Partial<AsyncDisposable> = await openSource(locator, { env })
  try {
    return await opened.read(NAME)
  } finally {
    await opened[Symbol.asyncDispose]?.()
  }
}

const passphrase = Secret.of(randomBytes(32).toString('base64url'), 'passphrase')

async function newCa(directory: string) {
  const ca = join(directory, 'ca')
  await createCa({ directory: ca, passphrase, commonName: 'CA of neighbours' })
  return ca
}

/** The file `name` of a new CA, which is opened. */
const fileOfCa = (name: string): Reader['prepare'] => {
  return async (directory) => {
    const ca = await newCa(directory)
    const read = async () => {
      const version = { value: passphrase, origin: { kind: 'memory' } } as const
      await using keystore = await openCaKeystore({ directory: ca, passphrase: version })
      return keystore.chain
    }
    return { path: join(ca, name), read }
  }
}

const READERS: readonly Reader[] = [
  {
    title: 'a .env file',
    prepare: async (directory) => {
      const path = join(directory, '.env')
      await writeFile(path, `${NAME}=${newValue()}\n`, { mode: 0o600 })
      return { path, read: () => readOnce(`dotenv:${path}`) }
    },
  },
  {
    title: 'the file that a variable names',
    isOpen: true,
    prepare: async (directory) => {
      const path = join(directory, 'value')
      await writeFile(path, newValue(), { mode: 0o600 })
      return { path, read: () => readOnce('env', { [`${NAME}_FILE`]: path }) }
    },
  },
  {
    title: 'the file of the health key',
    isOpen: true,
    prepare: async (directory) => {
      const path = join(directory, 'health-key')
      await writeFile(path, randomBytes(32).toString('base64url'), { mode: 0o600 })
      return { path, read: () => readReportKeys({ REKEY_HEALTH_KEY_FILE: path }) }
    },
  },
  {
    title: 'the list of replicas',
    isOpen: true,
    prepare: async (directory) => {
      const path = join(directory, 'fleet.json')
      await writeFile(path, '[{ "targets": ["127.0.0.1:9090"] }]')
      const source = createFileSource({ file: path, service: 'shop', url: 'http://{host}:8080' })
      return { path, read: async () => source('shop') }
    },
  },
  {
    title: 'the roots that a client trusts',
    isOpen: true,
    prepare: async (directory) => {
      const path = join(directory, 'roots.crt')
      await rename(join(await newCa(directory), 'ca.crt'), path)
      return { path, read: () => readTrust({ file: path }) }
    },
  },
  {
    title: 'the key of an audit log',
    isOpen: true,
    prepare: async (directory) => {
      const log = join(directory, 'audit')
      const record = () =>
        createSignedLog({ directory: log }).record({
          ...{ actor: 'rekey', action: 'test', subject: 'neighbours', outcome: 'succeeded' },
        })
      await record()
      return { path: join(log, 'audit.key'), read: record }
    },
  },
  { title: 'the key of a CA', prepare: fileOfCa('ca.key') },
  { title: 'the certificate of a CA', prepare: fileOfCa('ca.crt') },
]

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-neighbours-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await chmod(directory, 0o700)
  return directory
}

/** What lies in place of a file. */
const IMPOSTORS: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ['nothing', () => Promise.resolve()],
  [
    'a directory',
    async (path) => {
      await mkdir(path)
    },
  ],
  [
    'a pipe without a writer',
    (path) => {
      execFileSync('mkfifo', [path])
      return Promise.resolve()
    },
  ],
  [
    'a link to a pipe',
    async (path) => {
      execFileSync('mkfifo', [`${path}.pipe`])
      await symlink(`${path}.pipe`, path)
    },
  ],
  ['a link to a device', (path) => symlink('/dev/zero', path)],
]

it.each(READERS)(
  'S29: $title is taken, and nothing else that lies in its place',
  {
    timeout: 60_000,
  },
  async ({ prepare, isOpen }) => {
    const directory = await newDirectory()
    const { path, read } = await prepare(directory)
    await expect(read()).resolves.not.toThrow()
    const kept = `${path}.kept`
    await rename(path, kept)
    for (const [what, lay] of IMPOSTORS) {
      await lay(path)
      const outcome = await read().then(
        () => 'taken',
        (error: unknown) => (error instanceof Error ? error.name : 'thrown'),
      )
      expect({ what, outcome }).toEqual({ what, outcome: 'SecretError' })
      await rm(path, { recursive: true, force: true })
    }
    if (isOpen !== true) {
      await rename(kept, path)
      await chmod(path, 0o666)
      await expect(read()).rejects.toMatchObject({ name: 'SecretError' })
      await chmod(path, 0o600)
      await expect(read()).resolves.not.toThrow()
    }
    expect((await readdir(directory)).length).toBeGreaterThan(0)
  },
)
