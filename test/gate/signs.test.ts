import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { API_KEY_FORMAT } from '@rekey/api-key-auth/internal'
import { fillSample, SECRET_FORMATS } from '@rekey/log-redactor/internal/signs'
import { describe, expect, it } from 'vitest'

const SOURCE = join(import.meta.dirname, '../../packages/log-redactor/src/signs')
const COPY = join(import.meta.dirname, '../../packages/eslint-plugin/src/signs')

const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')

describe('the signs of secrets have one source', () => {
  it('of which the linter, which stands alone, has a copy: made by cp from packages/log-redactor/src/signs', () => {
    const names = readdirSync(COPY)
    expect(names).toEqual(['formats.ts', 'secret-names.ts'])
    for (const name of names) expect(read(COPY, name)).toBe(read(SOURCE, name))
  })

  it('which knows API keys in the format in which they are issued', () => {
    const sources = SECRET_FORMATS.map(({ pattern }) => pattern.source)
    expect(sources.filter((source) => source.includes(API_KEY_FORMAT.pattern))).toHaveLength(1)
  })

  it.each(SECRET_FORMATS.map((format) => [format.sample, format] as const))(
    'which finds a fresh %s, and its mark in it',
    (sample, { pattern, mark }) => {
      for (let draw = 0; draw < 20; draw += 1) {
        const text = fillSample(sample)
        expect(text).toMatch(new RegExp(mark))
        // What is found may leave out a public prefix, and the line end of a file.
        expect(text.trim().endsWith(pattern.exec(`=${text}`)?.[0] ?? '-')).toBe(true)
      }
    },
  )
})
