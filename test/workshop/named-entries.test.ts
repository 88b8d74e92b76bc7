import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
/** It names the entries of 0.1. */
const OLD_NAMES = 'docs/guide/new-names.md'

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const listed = (...patterns: string[]) =>
  execFileSync('git', ['ls-files', ...patterns], { cwd: ROOT, encoding: 'utf8' })
    .trim()
    .split('\n')

interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, unknown>>
}

const manifests = listed('packages/*/package.json').map(
  (path) => [path.split('/')[1] ?? '', JSON.parse(read(path)) as Manifest] as const,
)
const pages = listed('*.md').filter((path) => path !== OLD_NAMES && !path.includes('/corpus/'))
const entries = new Set(
  manifests.flatMap(([, { name, exports = {} }]) =>
    Object.keys(exports).map((key) => name + key.slice(1)),
  ),
)
const names = new Set(
  ['packages', 'services', 'tools', 'test']
    .flatMap((top) => listed(`${top}/*/package.json`))
    .map((path) => (JSON.parse(read(path)) as Manifest).name),
)

it('a page names entries alone that their package has', () => {
  const unknown = pages.flatMap((page) =>
    [...read(page).matchAll(/(?<![\w/])(@rekey\/[a-z-]+)((?:\/[a-z-]+)*)(?![\w/.*])/g)]
      .filter(
        ([, name = '', rest = '']) => manifests.some(([, one]) => one.name === name) && rest !== '',
      )
      .map(([entry]) => entry)
      .filter((entry) => !entries.has(entry))
      .map((entry) => `${page}: ${entry}`),
  )
  expect(unknown).toEqual([])
})

it('a page of a package names entries by their path alone that it has', () => {
  const unknown = manifests.flatMap(([folder, { exports = {} }]) =>
    pages
      .filter(
        (page) =>
          /^packages\/[^/]+\/(?:README|docs\/[^/]+)\.md$/.test(page) &&
          page.startsWith(`packages/${folder}/`),
      )
      .flatMap((page) =>
        [...read(page).matchAll(/`(\.\/[a-z/-]+)`/g)]
          .map(([, entry = '']) => entry)
          .filter((entry) => !(entry in exports))
          .map((entry) => `${page}: ${entry}`),
      ),
  )
  expect(unknown).toEqual([])
})

it('what a page, or a command, has a person install is of this release, and each package once', () => {
  const files = [
    ...pages,
    ...listed('packages/*/src/*.ts').filter((path) => !path.endsWith('.test.ts')),
  ]
  const wrong = files.flatMap((file) =>
    [...read(file).matchAll(/npm install ([^`'\n]*@rekey[^`'\n]*)/g)]
      .map(([, packages = '']) =>
        packages.split(/\s+/).filter((word) => word.startsWith('@rekey/')),
      )
      .filter((all) => new Set(all).size < all.length || all.some((name) => !names.has(name)))
      .map((all) => `${file}: ${all.join(' ')}`),
  )
  expect(wrong).toEqual([])
})
