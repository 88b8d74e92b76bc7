import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMemoryStore } from '@rekey/config-loader/store'
import { describeSecretStore } from '@rekey/config-loader/store/contract'
import type { SecretStore, StagedSecret } from '@rekey/secret'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
const [, section = ''] = /\n## What people add\n([^]*?)\n## /.exec(page) ?? []
const rows = [...section.matchAll(/^\| (an? .*?) *\|(.*)\|(.*)\|(.*)\|$/gm)].map(
  ([text, what = '', file = '', row = '', test = '']) => ({ text, what, file, row, test }),
)
const quoted = (text: string) => Array.from(text.matchAll(/`([^`]+)`/g), ([, part = '']) => part)
const pathsIn = (text: string) => quoted(text).filter((part) => part.includes('/'))

it('CONTRIBUTING has a row for each thing that people add', () => {
  const things = 'store, kind, lint rule, command, part of the console, audit sink, metric, alert'
  expect(rows.map(({ what }) => what.replace(/^an? /, '')).join(', ')).toBe(things)
})

describe.each(rows)('the row of $what', ({ text, file, row, test }) => {
  it('has at most 120 words', () => {
    expect(text.match(/\S*\w\S*/g)?.length).toBeLessThanOrEqual(120)
  })

  it('leads to files that are there, and to a test', () => {
    const paths = [file, row, test].flatMap(pathsIn)
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    expect(pathsIn(test).length + Number(test.includes('its own test'))).toBeGreaterThan(0)
  })

  it('names something that is in the file of the row', () => {
    const [name = '', path = ''] = quoted(row)
    expect(readFileSync(join(ROOT, path), 'utf8')).toMatch(new RegExp(`\\b${name}\\b`))
  })
})

/** A store as another repository adds it: one function, which keeps the four answers of a store and has names of its own. */
function createToyStore(): SecretStore {
  const inner = createMemoryStore()
  const own = (name: string) => `TOY_${name}`
  const under = async (name: string, staged: Promise<StagedSecret>) => ({ ...(await staged), name })
  return {
    locator: 'toy:',
    read: (name, ...rest) => under(name, inner.read(own(name), ...rest)),
    create: (name, value) => under(name, inner.create(own(name), value)),
    stage: (name, ...rest) => under(name, inner.stage(own(name), ...rest)),
    abort: (name, expected) => under(name, inner.abort(own(name), expected)),
    promote: (name, expected) => under(name, inner.promote(own(name), expected)),
    rollback: (name, expected) => under(name, inner.rollback(own(name), expected)),
    revoke: (name, expected) => under(name, inner.revoke(own(name), expected)),
  }
}

describeSecretStore(
  'a toy store',
  () => Promise.resolve({ store: createToyStore(), close: () => Promise.resolve() }),
  { watches: false },
)
