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
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { checkUnchangeable, privateDirectory, readPrivateFile } from './index.ts'

const IS_ROOT = process.geteuid?.() === 0
const OTHER_USER = 65_534

/** A directory that only this user can enter, one in it, and a file in that. */
async function makePlace() {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'rekey-private-')))
  onTestFinished(() => rm(root, { recursive: true }))
  const directory = join(root, 'directory')
  const file = join(directory, 'file')
  await mkdir(directory, { mode: 0o700 })
  await writeFile(file, 'text', { mode: 0o600 })
  return { root, directory, file }
}
type Place = Awaited<ReturnType<typeof makePlace>>

/** Puts a link where something was. */
async function linked(path: string): Promise<void> {
  await rename(path, `${path}.moved`)
  await symlink(`${path}.moved`, path)
}

async function piped({ file }: Place): Promise<void> {
  await rm(file)
  execFileSync('mkfifo', ['-m', '600', file])
}

it('takes a private file, a private directory and what no other user can change', async () => {
  const { directory, file } = await makePlace()
  expect(await readPrivateFile(file)).toBe('text')
  expect(await privateDirectory(directory)).toBe(directory)
  await checkUnchangeable(file)
  await chmod(file, 0o644)
  await checkUnchangeable(file)
  await checkUnchangeable(directory)
  await expect(readPrivateFile(`${file}.none`)).rejects.toMatchObject({ code: 'missing' })
})

const mode = (path: keyof Place, bits: number) => (place: Place) => chmod(place[path], bits)
const other = (path: keyof Place) => (place: Place) => chown(place[path], OTHER_USER, OTHER_USER)
/** Writable for a group that is not that of its user alone. */
const shared = (path: keyof Place) => async (place: Place) => {
  await chown(place[path], 0, OTHER_USER)
  await chmod(place[path], path === 'file' ? 0o620 : 0o720)
}

interface Unsafe {
  readonly what: string
  readonly make: (place: Place) => Promise<void>
  /** The functions that refuse it: of a private file, a private directory, what is not to be changed. */
  readonly by: string
  readonly asRoot?: boolean
}

const UNSAFE: readonly Unsafe[] = [
  { what: 'a file that its group can read', make: mode('file', 0o640), by: 'f' },
  { what: 'a file that every user can read', make: mode('file', 0o604), by: 'f' },
  { what: 'a file that every user can write', make: mode('file', 0o602), by: 'fu' },
  { what: 'a sticky file that every user can write', make: mode('file', 0o1602), by: 'fu' },
  { what: 'a file of another user', make: other('file'), by: 'fu', asRoot: true },
  { what: 'a file that a shared group can write', make: shared('file'), by: 'fu', asRoot: true },
  { what: 'a link to the file', make: ({ file }) => linked(file), by: 'fu' },
  { what: 'a pipe', make: piped, by: 'fu' },
  { what: 'a link to the directory', make: ({ directory }) => linked(directory), by: 'du' },
  { what: 'a directory that its group can enter', make: mode('directory', 0o710), by: 'd' },
  { what: 'a directory that every user can write', make: mode('directory', 0o703), by: 'du' },
  { what: 'a directory of another user', make: other('directory'), by: 'du', asRoot: true },
  { what: 'one above that every user can write', make: mode('root', 0o703), by: 'du' },
  { what: 'one above of another user', make: other('root'), by: 'du', asRoot: true },
  { what: 'one above that a shared group can write', make: shared('root'), by: 'du', asRoot: true },
]

it.each(UNSAFE.filter(({ asRoot = false }) => !asRoot || IS_ROOT))(
  'refuses $what, and reads nothing',
  async ({ make, by }) => {
    const place = await makePlace()
    await make(place)
    const checks = {
      f: () => readPrivateFile(place.file),
      d: () => privateDirectory(place.directory),
      u: () => checkUnchangeable(place.file),
    }
    for (const [name, check] of Object.entries(checks)) {
      const code = await check().then(
        () => 'accepted',
        (error: unknown) => (error as { readonly code?: string }).code,
      )
      expect([name, code]).toEqual([name, by.includes(name) ? 'refused' : 'accepted'])
    }
  },
)

it('names a link on the way to what may not be changed', async () => {
  const place = await makePlace()
  await linked(place.directory)
  await expect(checkUnchangeable(place.file)).rejects.toThrow('is reached by a symbolic link')
})

it.runIf(IS_ROOT)(
  'lets others add names where, as in /tmp, only their owner may remove them',
  async () => {
    const { root, directory } = await makePlace()
    await chmod(root, 0o1777)
    expect(await privateDirectory(directory)).toBe(directory)
    await chown(root, OTHER_USER, OTHER_USER)
    await expect(privateDirectory(directory)).rejects.toMatchObject({ code: 'refused' })
  },
)

const UID = process.geteuid?.() ?? 0
const replaceable =
  'belongs to, or can be written by, another user, who could replace what is in it: have it belong to you or to root, and chmod go-w it'

it.each<[string, (place: Place) => Promise<void>, keyof Place, (place: Place) => unknown, string]>([
  [
    'a file that its group can read',
    mode('file', 0o640),
    'file',
    ({ file }) => readPrivateFile(file),
    `(mode 0640, owner ${UID}) can be used by its group or by every user: chmod it to 0700 (a directory) or 0600 (a file), and replace what it holds if others had access`,
  ],
  [
    'a file with a second name',
    ({ file }) => link(file, `${file}.other`),
    'file',
    ({ file }) => readPrivateFile(file),
    `(mode 0600, owner ${UID}) is no regular file, or has a second name (a hard link): remove it`,
  ],
  [
    'a link',
    ({ file }) => linked(file),
    'file',
    ({ file }) => readPrivateFile(file),
    'is a symbolic link, or its path leads through a file: remove it',
  ],
  [
    'a directory in one that every user can write',
    mode('root', 0o703),
    'root',
    ({ directory }) => privateDirectory(directory),
    `(mode 0703, owner ${UID}) ${replaceable}`,
  ],
  [
    'a pipe',
    piped,
    'file',
    ({ file }) => checkUnchangeable(file),
    `(mode 0600, owner ${UID}) is a pipe, a socket or a device: put a file in its place`,
  ],
  [
    'a link to what may not be changed',
    ({ file }) => linked(file),
    'file',
    ({ file }) => checkUnchangeable(file),
    'is reached by a symbolic link: name the file itself',
  ],
])('says of %s what is wrong, and what to do', async (_, make, named, check, problem) => {
  const place = await makePlace()
  await make(place)
  const path = place[named]
  await expect(check(place)).rejects.toMatchObject({
    ...{ code: 'refused', message: `${path} ${problem}`, details: { path } },
  })
})

it.runIf(IS_ROOT)('says of a file of another user what is wrong, and what to do', async () => {
  const { file } = await makePlace()
  await chown(file, OTHER_USER, OTHER_USER)
  await expect(readPrivateFile(file)).rejects.toThrow(
    `${file} (mode 0600, owner ${OTHER_USER}) belongs to another user: remove it, or name another place`,
  )
})

it.runIf(IS_ROOT)(
  'a user other than root may change what is its own, and lets its own group change it, and no others',
  async () => {
    const { root, directory, file } = await makePlace()
    for (const path of [root, directory, file]) await chown(path, OTHER_USER, OTHER_USER)
    await expect(checkUnchangeable(file)).rejects.toMatchObject({ code: 'refused' })
    const geteuid = vi.spyOn(process, 'geteuid').mockReturnValue(OTHER_USER)
    onTestFinished(() => {
      geteuid.mockRestore()
    })
    await chmod(file, 0o620)
    await checkUnchangeable(file)
    await chown(file, 0, 0)
    await checkUnchangeable(file)
    await chmod(root, 0o1777)
    await expect(checkUnchangeable(file)).rejects.toMatchObject({ details: { path: root } })
  },
)

it('checks nothing where users have no numbers, as on Windows', async () => {
  const { directory, file } = await makePlace()
  const geteuid = Object.getOwnPropertyDescriptor(process, 'geteuid')
  Object.defineProperty(process, 'geteuid', { value: undefined, configurable: true })
  onTestFinished(() => void Object.defineProperty(process, 'geteuid', geteuid ?? {}))
  await chmod(file, 0o666)
  await chmod(directory, 0o777)
  expect(await readPrivateFile(file)).toBe('text')
  await checkUnchangeable(file)
  expect(await privateDirectory(relative(process.cwd(), directory))).toBe(directory)
})
