import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
/** The sources of one package, service or tool, and a path in them. */
const SOURCE = /^((?:packages|services|tools)\/[^/]+)\/src\/.*\.ts$/

/** Where a folder is entered: by an import, of users or of sibling packages, or as a process, which alone may read the environment. */
const ENTRIES = ['index.ts', 'internal.ts', 'main.ts']

/** Names that several files of one `src` have, each with its paths. */
function sharedNames(paths: readonly string[]): string[] {
  const owners = new Map<string, string[]>()
  for (const path of paths) {
    const [, project] = SOURCE.exec(path) ?? []
    if (project === undefined || ENTRIES.includes(basename(path))) continue
    const key = `${project}: ${basename(path)}`
    owners.set(key, [...(owners.get(key) ?? []), path])
  }
  return [...owners.values()].filter((same) => same.length > 1).map((same) => same.join(' and '))
}

it('no two source files of one package have the same name', () => {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const paths = listed.trim().split('\n')
  expect(paths).toContain('packages/secret/src/time/clock.ts')
  expect(sharedNames(paths)).toEqual([])
})

it.each([
  ['in two folders', ['packages/a/src/x.ts', 'packages/a/src/b/x.ts'], 1],
  ['of tests', ['tools/a/src/x.test.ts', 'tools/a/src/b/x.test.ts'], 1],
  ['of two packages', ['packages/a/src/x.ts', 'packages/b/src/x.ts'], 0],
  ['of two indexes', ['packages/a/src/index.ts', 'packages/a/src/b/index.ts'], 0],
])('counts equal names %s', (_where, paths, count) => {
  expect(sharedNames(paths)).toHaveLength(count)
})

it('each kind that a family rotates has folders for its spec, its use and its rotation, and a runbook', () => {
  const kinds = readdirSync(join(ROOT, 'packages')).filter((name) =>
    existsSync(join(ROOT, 'packages', name, 'src/rotate')),
  )
  expect(kinds).toHaveLength(13)
  for (const kind of kinds) {
    const parts = readdirSync(join(ROOT, 'packages', kind, 'src'))
    expect(parts).toEqual(expect.arrayContaining(['rotate', 'spec', 'use']))
    expect(parts.map((part) => basename(part, '.ts'))).toContain('runbook')
  }
})
