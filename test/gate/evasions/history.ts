import { execFileSync } from 'node:child_process'
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fillSample } from '@rekey/log-redactor/internal/signs'

/** A key that gitleaks knows by its form. */
export const newVendorKey = () => fillSample('ghp_{alnum:36}')

/** A repository in the making. */
export interface Repository {
  readonly root: string
  readonly plant: (file: string, content: string | Buffer) => Promise<void>
  readonly git: (...command: string[]) => void
}

export function repositoryAt(root: string): Repository {
  const author = [
    '-c',
    'user.name=test',
    '-c',
    'user.email=test@example.test',
    '-c',
    'protocol.file.allow=always',
  ]
  return {
    root,
    async plant(file, content) {
      await mkdir(dirname(join(root, file)), { recursive: true })
      await writeFile(join(root, file), content)
    },
    git(...command) {
      execFileSync('git', [...author, ...command], { cwd: root, stdio: 'pipe' })
    },
  }
}

type Plant = (repository: Repository, file: string) => Promise<void>

const text =
  (make: (key: string) => string | Buffer): Plant =>
  async ({ plant }, file) => {
    await plant(file, make(newVendorKey()))
  }

/** Commits a file, and takes it away again. */
const onlyOnce =
  (make: (key: string) => string | Buffer): Plant =>
  async ({ plant, git, root }, file) => {
    await plant(file, make(newVendorKey()))
    git('add', '--force', file)
    git('commit', '--quiet', '--message', 'one')
    await rm(join(root, file))
    git('add', file)
    git('commit', '--quiet', '--message', 'two')
  }

const base64 = (value: string) => Buffer.from(value).toString('base64')
const line = (key: string) => `token = '${key}'\n`
const utf16 = (key: string) => Buffer.from(`\ufeff${line(key)}`, 'utf16le')

/** Runs a program over a file with a key in a folder of its own, and gives the file that it makes. */
function packed(key: string, command: string): Buffer {
  return execFileSync('sh', ['-c', `cd "$(mktemp -d)" && cat > k.txt && ${command}`], {
    input: line(key),
  })
}

const ZIP = `node -e "
const { crc32, deflateRawSync } = require('node:zlib'), fs = require('node:fs')
const table = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1; return n >>> 0 })
const crc = (b) => { let c = 0xffffffff; for (const x of b) c = table[(c ^ x) & 255] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0 }
const zip = (name, data) => { const n = Buffer.from(name), d = deflateRawSync(data), h = Buffer.alloc(26); h.writeUInt16LE(20, 0); h.writeUInt16LE(8, 4); h.writeUInt32LE(crc(data), 10); h.writeUInt32LE(d.length, 14); h.writeUInt32LE(data.length, 18); h.writeUInt16LE(n.length, 22)
const local = Buffer.concat([Buffer.from('PK\\u0003\\u0004'), h, n, d]); const c = Buffer.alloc(42); c.writeUInt16LE(20, 0); h.copy(c, 2, 0, 24); const central = Buffer.concat([Buffer.from('PK\\u0001\\u0002'), c, n])
const e = Buffer.alloc(18); e.writeUInt16LE(1, 4); e.writeUInt16LE(1, 6); e.writeUInt32LE(central.length, 8); e.writeUInt32LE(local.length, 12); return Buffer.concat([local, central, Buffer.from('PK\\u0005\\u0006'), e]) }
let out = fs.readFileSync('k.txt'), name = 'k.txt'; for (let i = 0; i < Number(process.argv[1]); i++) { out = zip(name, out); name = 'in.zip' } process.stdout.write(out)"`

/** The names of those that need no commit. */
const STAGEABLE: ReadonlySet<string> = new Set([
  'document',
  'long line',
  'base64',
  'base64 in base64',
  'hexadecimal',
  'per cent',
  'UTF-16',
  'UTF-16 without a mark',
  'zip',
  'zip in zip',
  'zip as a jar',
  'zip under no name',
  'tgz',
  'tgz as data',
  'gzip as text',
  'file that git ignores, by force',
  'name of a file',
  'target of a link',
  'node_modules by force',
])

type FileEvasion = readonly [file: string | RegExp, plant: Plant]

/** Ways to get a secret into a repository, by name: what is done, and the file that a finding names. */
export const FILE_EVASIONS: ReadonlyMap<string, FileEvasion> = new Map<string, FileEvasion>([
  ['document', ['docs/page.md', text(line)]],
  ['long line', ['docs/long.txt', text((key) => `${'x '.repeat(50_000)}${line(key)}`)]],
  ['base64', ['docs/b.txt', text((key) => `a: ${base64(line(key))}\n`)]],
  ['base64 in base64', ['docs/bb.txt', text((key) => `a: ${base64(base64(line(key)))}\n`)]],
  ['hexadecimal', ['docs/h.txt', text((key) => `a: ${Buffer.from(line(key)).toString('hex')}\n`)]],
  [
    'per cent',
    [
      'docs/p.txt',
      text((key) => `a=${[...Buffer.from(key)].map((b) => `%${b.toString(16)}`).join('')}\n`),
    ],
  ],
  ['UTF-16', ['docs/u.txt', text(utf16)]],
  ['UTF-16 without a mark', ['docs/v.txt', text((key) => Buffer.from(line(key), 'utf16le'))]],
  ['byte of 0', ['docs/n.bin.txt', onlyOnce((key) => `\0${line(key)}`)]],
  ['zip', ['docs/a.zip', text((key) => packed(key, `${ZIP} 1`))]],
  ['zip in zip', ['docs/aa.zip', text((key) => packed(key, `${ZIP} 3`))]],
  ['zip as a jar', ['docs/a.jar', text((key) => packed(key, `${ZIP} 1`))]],
  ['zip under no name', ['docs/archive', text((key) => packed(key, `${ZIP} 1`))]],
  ['tgz', ['docs/a.tgz', text((key) => packed(key, 'tar czf - k.txt'))]],
  ['tgz as data', ['docs/a.data', text((key) => packed(key, 'tar czf - k.txt'))]],
  ['gzip as text', ['docs/a.txt', text((key) => packed(key, 'gzip -c k.txt'))]],
  ['file that git ignores, by force', ['.env', text(line)]],
  ['history alone', ['docs/gone.txt', onlyOnce(line)]],
  ['attribute -diff', ['docs/attribute.nodiff', onlyOnce(line)]],
  ['attribute binary', ['docs/attribute.binary', onlyOnce(line)]],
  [
    'other branch',
    [
      'docs/branch.txt',
      async ({ plant, git }, file) => {
        git('switch', '--quiet', '--create', 'other')
        await plant(file, line(newVendorKey()))
        git('add', file)
        git('commit', '--quiet', '--message', 'other')
        git('switch', '--quiet', '-')
      },
    ],
  ],
  [
    'merge',
    [
      'docs/merge.txt',
      async ({ plant, git, root }, file) => {
        git('merge', '--quiet', '--no-commit', '--no-ff', 'other')
        await plant(file, line(newVendorKey()))
        git('rm', '--quiet', '--force', 'docs/branch.txt')
        git('add', file)
        git('commit', '--quiet', '--message', 'merge')
        await rm(join(root, file))
        git('commit', '--quiet', '--all', '--message', 'gone')
      },
    ],
  ],
  [
    'stash',
    [
      'docs/stash.txt',
      async ({ plant, git }, file) => {
        await plant(file, line(newVendorKey()))
        git('add', file)
        git('stash', '--quiet')
      },
    ],
  ],
  [
    'message of a commit',
    [
      '.git/COMMIT_EDITMSG',
      ({ git }) => {
        git('commit', '--quiet', '--allow-empty', '--message', line(newVendorKey()))
        return Promise.resolve()
      },
    ],
  ],
  [
    'message of a tag',
    [
      '.git/refs/tags/v1',
      ({ git }) => {
        git('tag', '--annotate', 'v1', '--message', line(newVendorKey()))
        return Promise.resolve()
      },
    ],
  ],
  [
    'name of a branch',
    [
      '.git/refs/heads/',
      ({ git }) => {
        git('branch', newVendorKey())
        return Promise.resolve()
      },
    ],
  ],
  [
    'note',
    [
      /^[0-9a-f]{40}$/,
      ({ git }) => {
        git('notes', 'add', '--message', line(newVendorKey()), 'HEAD')
        return Promise.resolve()
      },
    ],
  ],
  ['name of a file', ['names/', async ({ plant }) => plant(`names/${newVendorKey()}`, '')]],
  [
    'target of a link',
    ['docs/link', ({ root }, file) => symlink(newVendorKey(), join(root, file))],
  ],
  ['picture that is text', ['docs/picture.svg', text((key) => `<svg><!-- ${line(key)} --></svg>`)]],
  ['node_modules by force', ['lib/node_modules/a/index.txt', text(line)]],
  ['reversed text', ['docs/r.txt', text((key) => Buffer.from(line(key)).reverse())]],
  ['UTF-16 in the history alone', ['docs/gone16.txt', onlyOnce(utf16)]],
  ['UTF-16 with the attribute diff in the history alone', ['docs/gone16.diffed', onlyOnce(utf16)]],
  [
    'tgz in the history alone',
    ['docs/gone.tgz', onlyOnce((key) => packed(key, 'tar czf - k.txt'))],
  ],
  // The last: what adds files to the index would read it.
  [
    'file of 1 TB',
    [
      'docs/huge',
      async ({ plant, root }, file) => {
        await plant(file, '')
        await truncate(join(root, file), 2 ** 40)
      },
    ],
  ],
])

/** Ways by which what is staged may pass that the search of all files has found, by name. */
export const STAGED_EVASIONS: ReadonlyMap<string, FileEvasion> = new Map<string, FileEvasion>([
  // The first, since it commits.
  [
    'moved archive',
    [
      'docs/moved.data',
      async ({ plant, git }, file) => {
        await plant('docs/before.data', packed(newVendorKey(), 'tar czf - k.txt'))
        git('add', 'docs/before.data')
        git('commit', '--quiet', '--message', 'archive')
        git('mv', 'docs/before.data', file)
      },
    ],
  ],
  ...[...FILE_EVASIONS].filter(([name]) => STAGEABLE.has(name)),
  ['attribute -diff', ['docs/attribute.nodiff', text(line)]],
  ['attribute binary', ['docs/attribute.binary', text(line)]],
  ['byte of 0', ['docs/n.bin.txt', text((key) => `\0${line(key)}`)]],
  ['UTF-16 with the attribute diff', ['docs/u.diffed', text(utf16)]],
  ['quoted name', ['docs/"new\nline".txt', text(line)]],
  [
    'taken out of the work tree after it was staged',
    [
      'docs/out.txt',
      async ({ plant, git, root }, file) => {
        await plant(file, utf16(newVendorKey()))
        git('add', file)
        await rm(join(root, file))
      },
    ],
  ],
])
