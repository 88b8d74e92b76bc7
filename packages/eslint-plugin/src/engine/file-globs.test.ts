import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { matchesAny } from './file-globs.ts'

const cwd = resolve('/repository')

it.each([
  ['main.ts', '**/main.{ts,js}'],
  ['services/signing/src/main.js', '**/main.{ts,js}'],
  ['src/api.ts', 'src/*.ts'],
  ['src/.hidden/api.ts', 'src/**'],
  ['../elsewhere/main.ts', '**/main.ts'],
])('%s is named by %s', (file, glob) => {
  expect(matchesAny(join(cwd, file), cwd, ['other/**', glob])).toBe(true)
})

it.each([
  ['src/domain.ts', '**/main.ts'],
  ['src/main.ts/other.ts', '**/main.ts'],
  ['src/deep/api.ts', 'src/*.ts'],
  ['api.ts', 'src/**'],
  ['../src/api.ts', 'src/*.ts'],
])('%s is not named by %s', (file, glob) => {
  expect(matchesAny(join(cwd, file), cwd, [glob])).toBe(false)
})

it('names nothing without globs', () => {
  expect(matchesAny(join(cwd, 'main.ts'), cwd, [])).toBe(false)
})
