import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkDependencies } from '../index.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekey-dependencies-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const INTEGRITY = `sha512-${'A'.repeat(86)}==`
const REGISTRY = 'https://registry.example.test'

/** One package in the lock, and what `package.json` allows. */
interface Given {
  readonly path?: string
  readonly entry: Readonly<Record<string, unknown>>
  readonly allowScripts?: Readonly<Record<string, unknown>>
}

/** The rules that are broken, with the line on which. */
async function check({ path = 'node_modules/native', entry, allowScripts }: Given) {
  const packages = { '': {}, [path]: { version: '1.2.3', integrity: INTEGRITY, ...entry } }
  await writeFile(join(root, 'package.json'), JSON.stringify({ allowScripts }, null, 2))
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages }, null, 2))
  const { findings } = await checkDependencies(root)
  return findings.map(({ rule, where: { file, line } }) => `${rule} ${file}:${line ?? 0}`)
}

const scripted = { hasInstallScript: true, resolved: `${REGISTRY}/native/-/native-1.2.3.tgz` }
const UNDECIDED = 'undecided-script package-lock.json:4'
const STALE = 'stale-script-decision package.json:3'
const VOID = 'void-script-decision package.json:3'

it.each([
  ['nothing', undefined, [UNDECIDED]],
  ['an approval by name', { native: true }, []],
  ['a refusal by name', { native: false }, []],
  ['an approval of any version', { 'native@*': true }, []],
  ['an approval of its version', { 'native@1.2.3': true }, []],
  ['an approval of several versions', { 'native@1.2.2 || 1.2.3': true }, []],
  ['an approval of another version', { 'native@1.2.2': true }, [UNDECIDED, STALE]],
  ['an approval of another package', { other: true }, [UNDECIDED, STALE]],
  ['an approval of a range', { 'native@^1.0.0': true }, [UNDECIDED, VOID]],
  ['an approval of a tag', { 'native@latest': true }, [UNDECIDED, VOID]],
  ['neither true nor false', { native: 'yes' }, [UNDECIDED, VOID]],
])('reads %s for an install script as npm does', async (_title, allowScripts, expected) => {
  const given = allowScripts === undefined ? {} : { allowScripts }
  expect(await check({ entry: scripted, ...given })).toEqual(expected)
})

it('takes no version on trust where the lock has no URL to tell it from', async () => {
  const entry = { hasInstallScript: true }
  expect(await check({ entry, allowScripts: { native: true } })).toEqual([])
  expect(await check({ entry, allowScripts: { 'native@1.2.2': false } })).toEqual([])
  expect(await check({ entry, allowScripts: { 'native@1.2.3': true } })).toEqual([UNDECIDED, STALE])
})

it('knows a package under an alias by its own name', async () => {
  const entry = { ...scripted, name: 'native' }
  const path = 'node_modules/alias'
  expect(await check({ path, entry, allowScripts: { native: false } })).toEqual([])
  expect(await check({ path, entry, allowScripts: { alias: false } })).toEqual([UNDECIDED, STALE])
})

it('does not ask about what npm never runs: scripts of the workspace and of bundled packages', async () => {
  expect(await check({ entry: { hasInstallScript: true, inBundle: true } })).toEqual([])
  const member = { hasInstallScript: true, link: true, resolved: 'packages/native' }
  expect(await check({ entry: member })).toEqual([])
})

const FOREIGN = ['foreign-source package-lock.json:4']

it.each([
  ['the registry that npm is set to', {}, []],
  ['a registry', { resolved: `${REGISTRY}/native/-/native-1.2.3.tgz` }, []],
  ['a registry behind a path', { resolved: `${REGISTRY}/npm/native/-/native-1.2.3.tgz` }, []],
  ['a folder of the work tree', { link: true, resolved: 'packages/native' }, []],
  ['a folder beside the work tree', { link: true, resolved: '../native' }, FOREIGN],
  ['a folder that gets out', { link: true, resolved: 'packages/../../native' }, FOREIGN],
  ['http', { resolved: 'http://registry.example.test/native/-/native-1.2.3.tgz' }, FOREIGN],
  ['git', { resolved: 'git+ssh://git@example.test/native.git#0123456789abcdef' }, FOREIGN],
  ['a file', { resolved: 'file:native-1.2.3.tgz' }, FOREIGN],
  ['a tarball that lies about', { resolved: 'https://example.test/native-1.2.3.tgz' }, FOREIGN],
  ['the tarball of another package', { resolved: `${REGISTRY}/evil/-/evil-1.2.3.tgz` }, FOREIGN],
  ['another version', { resolved: `${REGISTRY}/native/-/native-1.2.4.tgz` }, FOREIGN],
  ['a tarball without a digest', { integrity: undefined }, FOREIGN],
  ['a tarball with a weak digest', { integrity: 'sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }, FOREIGN],
])('knows whether a package may come from %s', async (_title, entry, expected) => {
  expect(await check({ entry })).toEqual(expected)
})

it('knows a scoped package by its scope', async () => {
  const path = 'node_modules/@scope/native'
  const resolved = `${REGISTRY}/@scope/native/-/native-1.2.3.tgz`
  expect(await check({ path, entry: { resolved } })).toEqual([])
  expect(await check({ path: 'node_modules/native', entry: { resolved } })).toEqual(FOREIGN)
})

it('repeats no URL of the lock, which may hold a token', async () => {
  const resolved = 'https://user:pass@example.test/native/-/native-1.2.3.tgz'
  expect(await check({ entry: { resolved } })).toEqual(FOREIGN)
  const { findings } = await checkDependencies(root)
  expect(JSON.stringify(findings)).not.toContain('pass@')
})
