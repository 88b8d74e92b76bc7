import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { checkDependencies } from '../index.ts'

/** Locks as the package managers wrote them for one manifest; that of Yarn 4 without what node-gyp needs. */
const WRITTEN = join(import.meta.dirname, '../../../test/locks')

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekey-locks-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  await writeFile(join(root, 'package.json'), '{}')
})

/** The findings about the lock, as `rule part`, and what is not stated. */
async function check(manifest: object = {}) {
  await writeFile(join(root, 'package.json'), JSON.stringify(manifest))
  const { findings, skipped = [], covered } = await checkDependencies(root)
  const found = findings.map(({ rule, where: { line, part } }) => `${rule} ${part}:${line}`)
  return { found, covered, skipped: skipped.join('\n') }
}

const written = [
  [
    'npm 11',
    'npm-shrinkwrap',
    'npm-shrinkwrap.json',
    8,
    ['undecided-script node_modules/core-js:48'],
  ],
  ['pnpm 7', 'pnpm-7', 'pnpm-lock.yaml', 7, ['undecided-script /core-js/3.37.1:37']],
  ['pnpm 8', 'pnpm-8', 'pnpm-lock.yaml', 7, ['undecided-script /core-js@3.37.1:47']],
  ['pnpm 10', 'pnpm-10', 'pnpm-lock.yaml', 7, []],
  [
    'Yarn 1',
    'yarn-1',
    'yarn.lock',
    7,
    ['foreign-source byurl@https://registry.npmjs.org/isarray/-/isarray-2.0.5.tgz:15'],
  ],
  [
    'Yarn 4',
    'yarn-4',
    'yarn.lock',
    7,
    ['foreign-source byurl@https://registry.npmjs.org/isarray/-/isarray-2.0.5.tgz:22'],
  ],
  ['Bun 1.4', 'bun-1.4', 'bun.lock', 7, ['undecided-script core-js:36']],
] as const

it.each(written)('reads the lock of %s', async (_title, from, file, count, expected) => {
  await cp(join(WRITTEN, `${from}.txt`), join(root, file))
  const { found, covered } = await check()
  expect(found).toEqual(expected)
  expect(covered).toBe(`${count} packages`)
})

it.each([
  ['pnpm-10', 'pnpm-lock.yaml', 'onlyBuiltDependencies'],
  ['yarn-1', 'yarn.lock', '--ignore-scripts'],
  ['yarn-4', 'yarn.lock', 'supportedArchitectures'],
  ['yarn-4', 'yarn.lock', 'enableScripts'],
])('states what the lock of %s does not (%s: %s)', async (from, file, words) => {
  await cp(join(WRITTEN, `${from}.txt`), join(root, file))
  expect((await check()).skipped).toContain(words)
})

it.each([
  ['pnpm-8', 'pnpm-lock.yaml', { pnpm: { onlyBuiltDependencies: [] } }],
  ['bun-1.4', 'bun.lock', { trustedDependencies: ['core-js'] }],
])(
  'takes the list in package.json for a decision about scripts (%s)',
  async (from, file, manifest) => {
    await cp(join(WRITTEN, `${from}.txt`), join(root, file))
    expect((await check(manifest)).found).toEqual([])
  },
)

it('takes the list in pnpm-workspace.yaml for a decision about scripts', async () => {
  await cp(join(WRITTEN, 'pnpm-8.txt'), join(root, 'pnpm-lock.yaml'))
  await writeFile(join(root, 'pnpm-workspace.yaml'), 'onlyBuiltDependencies:\n  - core-js\n')
  expect((await check()).found).toEqual([])
})

it('refuses a pnpm-workspace.yaml that is no YAML by its name, and repeats nothing of it', async () => {
  await cp(join(WRITTEN, 'pnpm-8.txt'), join(root, 'pnpm-lock.yaml'))
  await writeFile(join(root, 'pnpm-workspace.yaml'), 'a: &b\n  user:pass: [\n')
  const error = String(await check().catch((reason: unknown) => reason))
  expect(error).toBe('Error: pnpm-workspace.yaml cannot be read: correct its YAML')
})

it.each([
  ['pnpm-10', 'pnpm-lock.yaml'],
  ['yarn-1', 'yarn.lock'],
  ['yarn-4', 'yarn.lock'],
  ['bun-1.4', 'bun.lock'],
])('knows the members of the workspace beside %s', async (from, file) => {
  execFileSync('git', ['init', '--quiet'], { cwd: root })
  await cp(join(WRITTEN, `${from}.txt`), join(root, file))
  await mkdir(join(root, 'packages/member'), { recursive: true })
  const scripts = '{ "scripts": { "postinstall": "node steal.js" } }'
  await writeFile(join(root, 'packages/member/package.json'), scripts)
  const { found } = await check({ workspaces: ['packages/*'] })
  expect(found).toContain('own-script scripts.postinstall:1')
})

const SHA512 = `sha512-${'A'.repeat(86)}==`
const HEX512 = 'a'.repeat(128)
const REGISTRY = 'https://registry.example.test'
const GIT = 'https://codeload.example.test/a/native/tar.gz/0123456'

const pnpm = (key: string, resolution: string) =>
  `lockfileVersion: '9.0'\npackages:\n  '${key}':\n    resolution: {${resolution}}\n`
const classic = (key: string, ...fields: readonly string[]) =>
  `# yarn lockfile v1\n\n"${key}":\n${fields.map((field) => `  ${field}\n`).join('')}`
const berry = (resolution: string, ...fields: readonly string[]) =>
  `__metadata:\n  version: 8\n\n"native@x":\n  version: 1.2.3\n  resolution: "${resolution}"\n` +
  fields.map((field) => `  ${field}\n`).join('')
const bun = (...parts: readonly unknown[]) =>
  `{ "lockfileVersion": 2, "packages": { "native": ${JSON.stringify(parts)}, }, }`
const tarball = `${REGISTRY}/native/-/native-1.2.3.tgz`
const checksum = `checksum: 10c0/${HEX512}`

const sources: readonly (readonly [string, string, string, boolean])[] = [
  ['its registry', 'pnpm-lock.yaml', pnpm('native@1.2.3', `integrity: ${SHA512}`), true],
  [
    'a registry',
    'pnpm-lock.yaml',
    pnpm('native@1.2.3', `integrity: ${SHA512}, tarball: '${tarball}'`),
    true,
  ],
  ['git', 'pnpm-lock.yaml', pnpm(`native@${GIT}`, `tarball: '${GIT}'`), false],
  ['git with a digest', 'pnpm-lock.yaml', pnpm(`native@${GIT}`, `integrity: ${SHA512}`), false],
  [
    'a git repository',
    'pnpm-lock.yaml',
    pnpm('native@1.2.3', 'type: git, repo: git@example.test:a, commit: a'),
    false,
  ],
  [
    'http',
    'pnpm-lock.yaml',
    pnpm('native@1.2.3', `integrity: ${SHA512}, tarball: 'http${tarball.slice(5)}'`),
    false,
  ],
  [
    'another package',
    'pnpm-lock.yaml',
    pnpm('other@1.2.3', `integrity: ${SHA512}, tarball: '${tarball}'`),
    false,
  ],
  [
    'a folder',
    'pnpm-lock.yaml',
    pnpm('native@file:native', 'type: directory, directory: native'),
    true,
  ],
  [
    'a folder outside',
    'pnpm-lock.yaml',
    pnpm('native@file:../native', 'type: directory, directory: ../native'),
    false,
  ],
  ['a weak digest', 'pnpm-lock.yaml', pnpm('native@1.2.3', 'integrity: sha1-AAAA'), false],
  [
    'a registry',
    'yarn.lock',
    classic(
      'native@^1.0.0',
      'version "1.2.3"',
      `resolved "${tarball}#${'a'.repeat(40)}"`,
      `integrity ${SHA512}`,
    ),
    true,
  ],
  [
    'an alias',
    'yarn.lock',
    classic(
      'other@npm:native@^1.0.0',
      'version "1.2.3"',
      `resolved "${tarball}"`,
      `integrity ${SHA512}`,
    ),
    true,
  ],
  ['git', 'yarn.lock', classic('native@a/native', 'version "1.2.3"', `resolved "${GIT}"`), false],
  [
    'no digest',
    'yarn.lock',
    classic('native@^1.0.0', 'version "1.2.3"', `resolved "${tarball}"`),
    false,
  ],
  [
    'another version',
    'yarn.lock',
    classic('native@^1.0.0', 'version "1.2.4"', `resolved "${tarball}"`, `integrity ${SHA512}`),
    false,
  ],
  ['a folder outside', 'yarn.lock', classic('native@file:../native', 'version "1.2.3"'), false],
  ['a registry', 'yarn.lock', berry('native@npm:1.2.3', checksum), true],
  [
    'a registry that is named',
    'yarn.lock',
    berry(`native@npm:1.2.3::__archiveUrl=${encodeURIComponent(tarball)}`, checksum),
    true,
  ],
  [
    'another host',
    'yarn.lock',
    berry(
      `native@npm:1.2.3::__archiveUrl=${encodeURIComponent('https://example.test/a.tgz')}`,
      checksum,
    ),
    false,
  ],
  [
    'a patch',
    'yarn.lock',
    berry('native@patch:native@npm%3A1.2.3#~/.yarn/patches/native.patch', checksum),
    true,
  ],
  [
    'a patch of git',
    'yarn.lock',
    berry(`native@patch:native@${encodeURIComponent(GIT)}#~/a.patch`, checksum),
    false,
  ],
  ['a program', 'yarn.lock', berry('native@exec:./make.js#./make.js::hash=0', checksum), false],
  ['git', 'yarn.lock', berry('native@https://example.test/native.git#commit=0', checksum), false],
  [
    'a folder of a member',
    'yarn.lock',
    berry('native@link:../native::locator=m%40workspace%3Apackages%2Fm'),
    true,
  ],
  [
    'a folder outside',
    'yarn.lock',
    berry('native@portal:../native::locator=root%40workspace%3A.'),
    false,
  ],
  ['no digest', 'yarn.lock', berry('native@npm:1.2.3'), false],
  ['its registry', 'bun.lock', bun('native@1.2.3', '', {}, SHA512), true],
  ['a registry', 'bun.lock', bun('native@1.2.3', tarball, {}, SHA512), true],
  [
    'another host',
    'bun.lock',
    bun('native@1.2.3', 'https://example.test/a.tgz', {}, SHA512),
    false,
  ],
  ['git', 'bun.lock', bun('native@github:a/native#0', {}, 'a-native-0'), false],
  ['no digest', 'bun.lock', bun('native@1.2.3', '', {}), false],
  ['a bundle', 'bun.lock', bun('native@1.2.3', '', { bundled: true }), true],
  ['a folder outside', 'bun.lock', bun('native@file:../native', {}), false],
]
it.each(sources)(
  'knows whether a package may come from %s (%s %#)',
  async (_, file, text, isFine) => {
    await writeFile(join(root, file), text)
    const { found } = await check()
    expect(found.map((each) => each.split(' ')[0])).toEqual(isFine ? [] : ['foreign-source'])
  },
)

it('reports a lock that is no text, with what to do', async () => {
  await writeFile(join(root, 'bun.lockb'), '#!/usr/bin/env bun\0')
  expect((await check()).skipped).toBe('bun.lockb: it is no text: bun install --save-text-lockfile')
})

describe('a hostile lock', () => {
  const secret = 'user:pass'
  it.each([
    ['a merge that was not ended', 'package-lock.json', `<<<<<<< HEAD\n{ "${secret}": 1 }\n`],
    ['a merge that was not ended', 'pnpm-lock.yaml', `<<<<<<< HEAD\na: ${secret}\n=======\n`],
    ['a merge that was not ended', 'yarn.lock', `<<<<<<< HEAD\n"${secret}@1":\n=======\n`],
    ['a key that is there twice', 'pnpm-lock.yaml', `packages:\n  a@1: ${secret}\n  a@1: {}\n`],
    ['a key that is there twice', 'bun.lock', `{ "packages": { "a": [], "a": ["${secret}"] } }`],
    ['too many levels', 'bun.lock', '['.repeat(1_000_000)],
    ['too many levels', 'pnpm-lock.yaml', '- '.repeat(1_000_000)],
    ['an encoding that is none', 'yarn.lock', berry('native@patch:native@npm%ZZ#a')],
  ])('with %s is refused with its name (%s)', async (_, file, text) => {
    await writeFile(join(root, file), text)
    const error = String(await check().catch((reason: unknown) => reason))
    expect(error).toMatch(
      new RegExp(`^Error: ${file}.* cannot be read, .*: have \\w+ write it anew$`),
    )
    expect(error).not.toContain(secret)
  })

  it.each([
    [
      'package-lock.json',
      '{ "packages": { "node_modules/a": 1, "node_modules/b": { "resolved": [] } } }',
    ],
    ['package-lock.json', '[]'],
    ['pnpm-lock.yaml', 'packages: [a]\n'],
    ['pnpm-lock.yaml', 'packages:\n  __proto__:\n    resolution: []\n'],
    ['bun.lock', '{ "packages": { "a": {}, "b": [1] } }'],
    ['yarn.lock', '__metadata:\n  version: 8\n\na:\n  resolution: [b]\n'],
  ])('with other types than a package manager writes is read (%s %s)', async (file, text) => {
    await writeFile(join(root, file), text)
    expect((await check()).covered).toMatch(/^\d packages$/)
  })

  it('with aliases of aliases is read in the time of its text', async () => {
    const bomb = Array.from({ length: 60 }, (_, n) => `k${n + 1}: &k${n + 1} [*k${n}, *k${n}]`)
    await writeFile(
      join(root, 'pnpm-lock.yaml'),
      `k0: &k0 []\n${bomb.join('\n')}\npackages: *k60\n`,
    )
    expect((await check()).covered).toBe('0 packages')
  })

  const many: Readonly<Record<string, (count: number) => string>> = {
    'package-lock.json': (count) =>
      JSON.stringify(
        { packages: Object.fromEntries(numbered(count, (n) => [`node_modules/p${n}`, {}])) },
        null,
        2,
      ),
    'pnpm-lock.yaml': (count) =>
      `packages:\n${numbered(count, (n) => `  p${n}@1.0.0:\n    resolution: {integrity: a}\n`).join('')}`,
    'yarn.lock': (count) => numbered(count, (n) => classic(`p${n}@1`, 'version "1"')).join('\n'),
    'bun.lock': (count) =>
      `{ "packages": {\n${numbered(count, (n) => `"p${n}": ["p${n}@1.0.0", "", {}],\n`).join('')}} }`,
  }
  it.each(Object.entries(many))('with many packages takes linear time (%s)', async (file, make) => {
    const timeOf = async (count: number) => {
      await writeFile(join(root, file), make(count))
      const start = process.cpuUsage()
      expect((await check()).found).toHaveLength(count)
      const { user, system } = process.cpuUsage(start)
      return user + system
    }
    await timeOf(2_000)
    const few = await timeOf(4_000)
    expect((await timeOf(32_000)) / few).toBeLessThan(8 * 4)
  })
})

function numbered<Value>(count: number, make: (number: number) => Value): Value[] {
  return Array.from({ length: count }, (_, number) => make(number))
}
