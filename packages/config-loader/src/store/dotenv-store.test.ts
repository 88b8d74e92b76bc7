import { randomBytes } from 'node:crypto'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFakeClock, Secret } from '@rekey/secret'
import type { FakeClock } from '@rekey/secret/internal'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeSecretStore } from './contract.ts'
import type { DotenvStore } from './internal.ts'
import { openDotenvStore } from './index.ts'

const random = () => randomBytes(24).toString('base64url')
const secret = (value = random()) => Secret.of(value, 'KEY')

let directory: string
let path: string
let store: DotenvStore
let clock: FakeClock

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-dotenv-'))
  path = join(directory, '.env')
  clock = createFakeClock(Date.parse('2026-11-24T15:00:00.000Z'))
  store = await openDotenvStore({ path, clock })
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

describeSecretStore('dotenv', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-dotenv-contract-'))
  const store = await openDotenvStore({ path: join(directory, '.env') })
  const close = async () => {
    await store[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  }
  return { store, close }
})

describe('reading', () => {
  it('answers for several secrets out of one reading of the file', async () => {
    await writeFile(path, `A=${random()}\nB=${random()}\n`)
    const answers = await store.readAll(['A', 'B', 'C'])
    expect(answers.get('A')).toMatchObject({ revision: (await store.read('A')).revision })
    expect(answers.get('C')).toMatchObject({ code: 'missing' })
  })

  it('says that NAME_FILE is not for a .env file', async () => {
    await writeFile(path, `KEY_FILE=/run/secrets/key\n`)
    await expect(store.read('KEY')).rejects.toMatchObject({
      code: 'missing',
      message: expect.stringContaining('KEY_FILE is not read in a .env file') as string,
    })
  })
})

describe('what a write leaves as it is', () => {
  it('keeps comments, order, blanks, and every other line, byte for byte', async () => {
    const [a, b] = [random(), random()]
    const before = `# top\n\n  export  OTHER = "x\\n" # it's\r\n#KEY=no\n`
    const after = `\n\n\tLAST='#'   \n# end without a line end`
    await writeFile(path, `${before}export KEY = ${a} \t\n${after}`)
    const { revision } = await store.read('KEY')
    const staged = await store.stage('KEY', secret(b), revision)
    const stamp = '# @created 2026-11-24T15:00:00.000Z\r\n'
    expect(await readFile(path, 'utf8')).toBe(
      `${before}export KEY = ${a} \t\n${stamp}KEY__PENDING='${b}'\r\n${after}`,
    )
    const promoted = await store.promote('KEY', staged.revision)
    expect(await readFile(path, 'utf8')).toBe(
      `${before}${stamp}export KEY = '${b}' \t\nKEY__PREVIOUS='${a}'\r\n${after}`,
    )
    await store.revoke('KEY', promoted.revision)
    expect(await readFile(path, 'utf8')).toBe(`${before}${stamp}export KEY = '${b}' \t\n${after}`)
  })

  it('is back to the same bytes after stage and abort', async () => {
    const text = `A=1\nKEY='${random()}'\n# end\n`
    await writeFile(path, text)
    const { revision } = await store.read('KEY')
    await store.abort('KEY', (await store.stage('KEY', secret(), revision)).revision)
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('ends the last line before it adds another', async () => {
    const value = random()
    await writeFile(path, '# only a comment')
    await store.create('KEY', secret(value))
    expect(await readFile(path, 'utf8')).toBe(
      `# only a comment\n# @created 2026-11-24T15:00:00.000Z\nKEY='${value}'\n`,
    )
  })

  it('keeps the mode, and makes a new file readable by its owner only', async () => {
    await store.create('KEY', secret())
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await chmod(path, 0o640)
    await store.stage('KEY', secret(), (await store.read('KEY')).revision)
    expect((await stat(path)).mode & 0o777).toBe(0o640)
  })

  it('writes through a symbolic link', async () => {
    await mkdir(join(directory, 'real'))
    const target = join(directory, 'real', 'env')
    await writeFile(target, `KEY=${random()}\n`)
    await symlink(target, path)
    const value = secret()
    await store.stage('KEY', value, (await store.read('KEY')).revision)
    expect((await lstat(path)).isSymbolicLink()).toBe(true)
    expect(await readFile(target, 'utf8')).toContain(`KEY__PENDING='${value.expose()}'`)
  })

  it('leaves nothing beside the file', async () => {
    await store.create('KEY', secret())
    expect(await readdir(directory)).toEqual(['.env'])
  })
})

describe('what it knows of a version', () => {
  it('moves the time of creation along with the value', async () => {
    const createdAt = new Date(clock.now())
    const created = await store.create('KEY', secret())
    await clock.advance(60_000)
    const stagedAt = new Date(clock.now())
    const staged = await store.stage('KEY', secret(), created.revision)
    const promoted = await store.promote('KEY', staged.revision)
    expect(promoted).toMatchObject({ current: { createdAt: stagedAt }, previous: { createdAt } })
    const rolledBack = await store.rollback('KEY', promoted.revision)
    expect(rolledBack).toMatchObject({ current: { createdAt }, pending: { createdAt: stagedAt } })
    expect(await store.read('KEY')).toMatchObject(rolledBack)
  })

  it('does not invent a time for a value written by hand', async () => {
    await writeFile(path, `# @created yesterday\nKEY=${random()}\n`)
    expect((await store.read('KEY')).current.createdAt).toBeUndefined()
  })

  it('names a version by a fingerprint that depends on the name of the secret', async () => {
    const value = random()
    await writeFile(path, `KEY=${value}\nOTHER=${value}\n`)
    const [key, other] = [await store.read('KEY'), await store.read('OTHER')]
    expect(key.current.version).toMatch(/^[0-9a-f]{10}$/)
    expect(other.current.version).not.toBe(key.current.version)
    expect((await store.read('KEY')).revision).toBe(key.revision)
  })
})

describe('what it refuses', () => {
  it.each([0o660, 0o602, 0o666])(
    'refuses a file of mode %o, and tells how to mend it',
    async (mode) => {
      const text = `KEY=${random()}\n`
      await writeFile(path, text)
      await chmod(path, mode)
      const refusal = {
        code: 'refused',
        message: expect.stringContaining(`chmod 600 ${path}`) as string,
      }
      await expect(store.read('KEY')).rejects.toMatchObject(refusal)
      await expect(store.create('OTHER', secret())).rejects.toMatchObject(refusal)
      expect(await readFile(path, 'utf8')).toBe(text)
    },
  )

  it('refuses a value that cannot be written, and keeps the old file', async () => {
    const text = `KEY=${random()}\n`
    await writeFile(path, text)
    const { revision } = await store.read('KEY')
    for (const value of [
      `'"\`#${random()}`,
      `${random()}\0`,
      `\ud800${random()}`,
      `\r\n'"${random()}`,
    ]) {
      const outcome = store.stage('KEY', secret(value), revision)
      await expect(outcome).rejects.toMatchObject({ code: 'refused' })
    }
    expect(await readFile(path, 'utf8')).toBe(text)
    expect(await readdir(directory)).toEqual(['.env'])
  })

  it('refuses to stage the value that is current, since its version would be the same', async () => {
    const value = secret()
    const { revision } = await store.create('KEY', value)
    await expect(store.stage('KEY', value, revision)).rejects.toMatchObject({ code: 'refused' })
  })

  it('does not write to a file that it cannot read', async () => {
    const text = `KEY=${random()}\nnot an assignment\n`
    await writeFile(path, text)
    await expect(store.create('OTHER', secret())).rejects.toMatchObject({ code: 'malformed' })
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it.each(['KEY__PENDING', 'KEY__PREVIOUS', 'KEY_FILE', '1KEY', 'K-EY', '', '__proto__', 'A\nB'])(
    'refuses %j as the name of a secret',
    async (name) => {
      await expect(store.read(name)).rejects.toMatchObject({ code: 'malformed' })
      await expect(store.create(name, secret())).rejects.toMatchObject({ code: 'malformed' })
    },
  )

  it('takes an empty value, and one that every object has, as missing', async () => {
    await writeFile(path, `KEY=\nOTHER=''\n`)
    for (const name of ['KEY', 'OTHER', 'constructor', 'toString']) {
      await expect(store.read(name)).rejects.toMatchObject({ code: 'missing' })
    }
  })

  it('fills a stage that is there but empty, and lets an empty one be', async () => {
    await writeFile(path, `KEY=${random()}\nKEY__PREVIOUS=\n# note\nKEY__PENDING= \n`)
    const { revision } = await store.read('KEY')
    const value = secret()
    const staged = await store.stage('KEY', value, revision)
    expect((await readFile(path, 'utf8')).split('\n').slice(1, -1)).toEqual([
      'KEY__PREVIOUS=',
      '# note',
      '# @created 2026-11-24T15:00:00.000Z',
      `KEY__PENDING= '${value.expose()}'`,
    ])
    expect((await store.promote('KEY', staged.revision)).previous).toBeDefined()
  })

  it('refuses a write that would make the file too large to read', async () => {
    await writeFile(path, `# ${'x'.repeat(1024 * 1024 - 40)}\n`)
    await expect(store.create('KEY', secret())).rejects.toMatchObject({ code: 'refused' })
  })

  it('tells a directory, a link to nothing and a huge file from a missing one', async () => {
    await mkdir(path)
    await expect(store.read('KEY')).rejects.toMatchObject({ code: 'malformed' })
    await rm(path, { recursive: true })
    await writeFile(path, `# ${'x'.repeat(1024 * 1024)}\n`)
    await expect(store.read('KEY')).rejects.toMatchObject({ code: 'malformed' })
    await rm(path)
    await symlink(join(directory, 'nowhere'), path)
    await expect(store.create('KEY', secret())).rejects.toMatchObject({ code: 'missing' })
    await expect(openDotenvStore({ path: join(directory, 'no', '.env') })).rejects.toMatchObject({
      code: 'missing',
    })
  })

  it('says that its directory is gone', async () => {
    await rm(directory, { recursive: true })
    await expect(store.create('KEY', secret())).rejects.toMatchObject({ code: 'missing' })
  })
})
