import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findLanes } from './lanes.ts'

const ROOT = join(import.meta.dirname, '../..')
const LISTS = join(ROOT, 'docs/hostile-lists')
/** `R7: …`, `S11`, `K8, K17: …`; and, since L2 and G1 begin other texts too, `L1: …` in a title alone */
const IDS =
  /['"`]([RSK]\d{1,2}(?:, [RSK]\d{1,2})*)(?=[: '"`])|^ *(?:it|describe|\])[^'"`\n]*['"`]([LG]\d{1,2}(?:, [LG]\d{1,2})*)(?=: )/gm
const ROW = /^\| ([RSKLG]\d{1,2}) +\|.*\| (tested|open) +\|$/gm

function idsInTests(): Set<string> {
  const { embedded, servers, measured } = findLanes(ROOT)
  const files = [...embedded, ...servers, ...measured]
  const texts = files.map((file) => readFileSync(join(ROOT, file), 'utf8'))
  return new Set(
    texts.flatMap((text) =>
      Array.from(text.matchAll(IDS), ([, ids, title = '']) => (ids ?? title).split(', ')).flat(),
    ),
  )
}

function rows(): Map<string, string> {
  const pages = readdirSync(LISTS).map((name) => readFileSync(join(LISTS, name), 'utf8'))
  const found = pages.flatMap((page) =>
    Array.from(page.matchAll(ROW), ([, id = '', state = '']) => [id, state] as const),
  )
  expect(found.map(([id]) => id).toSorted()).toEqual(
    [...new Set(found.map(([id]) => id))].toSorted(),
  )
  return new Map(found)
}

it('each row of a hostile list whose id begins a test is marked as tested there, and no other', () => {
  const tested = idsInTests()
  const listed = rows()
  expect(listed.size).toBeGreaterThan(100)
  expect([...tested].filter((id) => !listed.has(id))).toEqual([])
  for (const [id, state] of listed) {
    expect({ id, state }).toEqual({ id, state: tested.has(id) ? 'tested' : 'open' })
  }
})
