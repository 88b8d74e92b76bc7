import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'

type Names = Readonly<Record<string, Readonly<Record<string, string>>>>

const ROOT = join(import.meta.dirname, '../..')
const CODEMOD = join(ROOT, 'packages/rekey/codemod/new-names.mjs')
const folder = mkdtempSync(join(tmpdir(), 'new-names-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const { entries } = JSON.parse(
  readFileSync(join(ROOT, 'packages/rekey/codemod/new-names.json'), 'utf8'),
) as { entries: Names }

/** A module, or one whose types for its siblings are declared by hand. */
type Source = string | { readonly default: string }

/** Today's entries, each with the text of its index. */
const today = new Map(
  readdirSync(join(ROOT, 'packages')).flatMap((folder) => {
    const file = `packages/${folder}/package.json`
    const { name, exports } = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as {
      name: string
      exports: Readonly<Record<string, string | { readonly '@rekey/source': Source }>>
    }
    return Object.entries(exports).map(([key, value]) => {
      const found = typeof value === 'string' ? value : value['@rekey/source']
      const source = typeof found === 'string' ? found : found.default
      const path = join(ROOT, dirname(file), source)
      return [name + key.slice(1), source.includes('*') ? '' : readFileSync(path, 'utf8')] as const
    })
  }),
)

function exportedBy(entry: string): Set<string> {
  const text = today.get(entry) ?? expect.fail(`${entry} is no entry`)
  const lists = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = '']) =>
    list.split(',').map((part) => /(\w+)\s*$/.exec(part)?.[1] ?? ''),
  )
  const declared = text.matchAll(
    /^export (?:(default)|(?:abstract |async |const )*(?:class|function\*?|interface|type|const)? ?(\w+))/gm,
  )
  return new Set([...lists, ...Array.from(declared, ([, word, name]) => word ?? name ?? '')])
}

/** Lays `files` in a folder, runs the codemod there, and returns them as they are then, with what it printed. */
function rewritten(name: string, files: Readonly<Record<string, string>>, times = 1) {
  const project = join(folder, name)
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, file)), { recursive: true })
    writeFileSync(join(project, file), text)
  }
  const printed = Array.from({ length: times }, () =>
    execFileSync(process.execPath, [CODEMOD, '.'], { cwd: project, encoding: 'utf8' }),
  )
  const read = (file: string) => readFileSync(join(project, file), 'utf8')
  return { read, printed: printed[0] ?? '' }
}

it('imports every name of 0.1 from an entry of today that exports it', () => {
  const files = Object.entries(entries).map(([entry, places], index) => {
    const names = Object.values(places).flatMap((list) => list.split(' ').filter(Boolean))
    const list = names.map((name) => (name === 'default' ? 'default as rule' : name)).join(',\n  ')
    return [`${index}.ts`, `import type {\n  ${list},\n} from '${entry}'\n`] as const
  })
  const { read } = rewritten('all', Object.fromEntries(files))
  const missing = files.flatMap(([file]) =>
    [...read(file).matchAll(/\{([^}]*)\} from '([^']+)'/g)].flatMap(([, list = '', entry = '']) =>
      list
        .split(',')
        .map((part) => part.trim().split(' ')[0] ?? '')
        .filter((name) => name !== '' && !exportedBy(entry).has(name))
        .map((name) => `${entry}#${name}`),
    ),
  )
  expect(missing).toEqual([])
  const all = Object.values(entries).flatMap((places) => Object.values(places).join(' ').split(' '))
  expect(all.length).toBeGreaterThan(1000)
})

const BEFORE = `import { rotate, type RotationEvent, RotationError as Failed } from '@rekey/rotation'
import { openTrustedFetch as open } from "@rekey/trust";
import {
  createRedactor, // the only one
} from '@rekey/log-redactor'
import * as trust from '@rekey/trust'
import '@rekey/log-redactor/register'
import rekey from '@rekey/eslint-plugin'
import own from './rotation.js'

export async function main() {
  const { openVaultStore, createVaultClient: createClient } = await import('@rekey/secret-stores/vault');
  const { openAwsStore } = require('@rekey/secret-stores/aws')
  const family = (await import('@rekey/family/rotator')).openRotator
  return [rotate, '@rekey/trust', own, family] // of @rekey/rotation
}
`

const AFTER = `import { rotate, RotationError as Failed } from '@rekey/rekey/engine'
import { type RotationEvent } from '@rekey/rekey/internal/engine'
import { openTrustedFetch as open } from "@rekey/secret/trust";
import {
  createRedactor, // the only one
} from '@rekey/log-redactor'
import * as trust from '@rekey/secret/trust'
import '@rekey/log-redactor/register'
import rekey from '@rekey/eslint-plugin'
import own from './rotation.js'

export async function main() {
  const { openVaultStore } = await import('@rekey/config-loader/vault');
  const { createVaultClient: createClient } = await import('@rekey/config-loader/internal/vault');
  const { openAwsStore } = require('@rekey/config-loader/aws')
  const family = (await import('@rekey/rekey')).openRotator
  return [rotate, '@rekey/trust', own, family] // of @rekey/rotation
}
`

it.each([1, 2])(
  'rewrites specifiers alone, and splits an import of which the names went apart (%i times)',
  (times) => {
    expect(rewritten(`shapes-${times}`, { 'src/main.ts': BEFORE }, times).read('src/main.ts')).toBe(
      AFTER,
    )
  },
)

it('prints what it cannot place, and what has no promise', () => {
  const { printed, read } = rewritten('unplaced', {
    'a.ts':
      "import { rotateAll, RotationEvent } from '@rekey/rotation'\nimport '@rekey/rotation/deep'\n",
    'b.ts': "export * from '@rekey/secret-stores'\n",
  })
  expect(printed.split('\n')).toEqual([
    'a.ts: @rekey/rotation had no rotateAll',
    'a.ts: RotationEvent is in @rekey/rekey/internal/engine, which changes without notice',
    'a.ts: @rekey/rotation/deep was no entry',
    'b.ts: @rekey/secret-stores as a whole is @rekey/config-loader/store here; some of its names are in @rekey/config-loader/internal/store',
    '',
  ])
  expect(read('a.ts')).toContain("import '@rekey/rotation/deep'")
})

it('renames dependencies, and leaves packages of others as they are', () => {
  const lines = (...parts: string[]) =>
    `{\n\t"dependencies": {\n\t\t${parts.join(',\n\t\t')}\n\t}\n}\n`
  const { read } = rewritten('manifests', {
    'package.json': lines('"@rekey/rotation": "^0.1.0"', '"@rekey/cli": "^0.1.0"', '"pg": "8"'),
    'other/package.json': '{"dependencies":{"pg":"8"}}',
    'node_modules/x/package.json': '{"dependencies":{"@rekey/cli":"1"}}',
  })
  expect(read('package.json')).toBe(lines('"@rekey/rekey": "^0.1.0"', '"pg": "8"'))
  expect(read('other/package.json')).toBe('{"dependencies":{"pg":"8"}}')
  expect(read('node_modules/x/package.json')).toBe('{"dependencies":{"@rekey/cli":"1"}}')
})
