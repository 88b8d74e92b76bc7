import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pathsIn, quoted, ROOT, ROWS } from './contributing-rows.ts'

it('CONTRIBUTING has a row for each thing that people add', () => {
  const things = 'store, kind, lint rule, command, part of the console, audit sink, metric, alert'
  expect(ROWS.map(({ what }) => what.replace(/^an? /, '')).join(', ')).toBe(things)
})

describe.each(ROWS)('the row of $what', ({ text, file, row, test }) => {
  it('has at most 120 words', () => {
    expect(text.match(/\S*\w\S*/g)?.length).toBeLessThanOrEqual(120)
  })

  it('leads to files that are there, and to a test', () => {
    const paths = [file, row, test].flatMap(pathsIn).filter((path) => !path.includes('NAME'))
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    expect(pathsIn(test).length + Number(test.includes('its own test'))).toBeGreaterThan(0)
  })

  it('names something that is in the file of the row', () => {
    const [name = '', path = ''] = quoted(row)
    expect(readFileSync(join(ROOT, path), 'utf8')).toMatch(new RegExp(`\\b${name}\\b`))
  })
})
