// @lane measured
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { growthOf, LINEAR } from '@rekey/testbed/growth'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

/** 2 to 64 KiB. */
const SIZES = [1, 2, 4, 8, 16, 32].map((units) => units * 2_048)

type Text = (size: number) => string

const filled =
  (unit: string): Text =>
  (size) =>
    unit.repeat(Math.floor(size / unit.length))
const numbered =
  (unit: string): Text =>
  (size) =>
    Array.from({ length: size / unit.length }, (_, i) => unit.replaceAll('#', String(i))).join('')

/** By file, texts that its author made as hard to read as they can be. */
const FILES: Readonly<Record<string, Readonly<Record<string, Text>>>> = {
  'server.js': {
    'secrets, each on its line': numbered('use(process.env.NAME_#_TOKEN)\n'),
    'settings, each on its line': numbered('use(process.env.NAME_#)\n'),
    'aliases of the environment': numbered('const env# = process.env\n'),
    'tests around tests': (size) =>
      `${'process.env.A_TOKEN && ('.repeat(size / 256)}1${')'.repeat(size / 256)}`,
    'mentions of dotenv': numbered("use('dotenv', process.env.NAME_#)\n"),
    'calls of dotenv': filled('dotenv.config()\n'),
    'line ends': filled('\n'),
    blanks: filled(' '),
    'one long name': filled('a'),
    'one long name of a variable': (size) => `process.env.${'A'.repeat(size)}`,
    'brackets that do not close': filled('env['),
    'conditions that do not end': filled('if(a)'),
    'templates that do not close': filled('`${'),
    'a long chain of members': filled('a.b'),
    'braces that do not close': filled('{A'),
    'closed braces': filled('{A}'),
    'braces and blanks': filled(`{A}${' '.repeat(200)}`),
    'declarations of nothing': filled('const a: '),
  },
  '.env': {
    'secrets, each on its line': numbered('NAME_#_TOKEN=x\n'),
    'line ends': filled('\n'),
    blanks: filled(' '),
    exports: filled('export '),
    'names without a value': filled('A\n'),
  },
}

describe.each(Object.entries(FILES))(
  'rekey init surveys a %s of up to 64 KiB in linear time, if it is full of',
  (file, texts) => {
    it.each(Object.entries(texts))('%s', { timeout: 60_000 }, async (_, text) => {
      const cwd = await mkdtemp(join(tmpdir(), 'rekey-init-'))
      onTestFinished(() => rm(cwd, { recursive: true }))
      const growth = await growthOf((size) => {
        const input = text(size - 64)
        let isWritten = false
        return async () => {
          if (!isWritten) await writeFile(join(cwd, file), input)
          isWritten = true
          expect((await runProgram(['init', '--service', 'shop'], { cwd })).code).toBe(0)
        }
      }, SIZES)
      expect(growth).toBeLessThanOrEqual(LINEAR)
    })
  },
)
