import { API_KEY_FORMAT } from '@rekey/api-key-auth/internal'
import { fillSample, SECRET_FORMATS } from '@rekey/log-redactor/internal/signs'
import { describe, expect, it } from 'vitest'

describe('the signs of secrets have one source', () => {
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
