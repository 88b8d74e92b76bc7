// @lane servers
import { randomInt } from 'node:crypto'
import * as parser from '@typescript-eslint/parser'
import { TSESLint } from '@typescript-eslint/utils'
import { describe, expect, it } from 'vitest'
import plugin from './index.ts'
import { type Program, type Random, TRANSFORMS, transformed } from '../test/transforms.support.ts'

/** Failures are repeated with `REKEY_FUZZ_SEED`. */
const SEED = Number(process.env['REKEY_FUZZ_SEED'] ?? randomInt(2 ** 31))
const ROUNDS = 150
/** Transforms of transforms of one program. */
const MAX_STEPS = 4

/** How a value comes into being, and how it leaves: each pair is a program. */
const LEAKS: readonly Program[] = [
  { before: '', value: 'user.password', after: (name) => `console.log(${name})` },
  { before: '', value: 'process.env.DB_PASSWORD', after: (name) => `logger.info('x', ${name})` },
  { before: '', value: 'secret.expose()', after: (name) => `throw new Error(${name})` },
  { before: '', value: 'await getPassword()', after: (name) => `response.json({ x: ${name} })` },
  { before: '', value: 'secret.expose()', after: (name) => `execFileSync('x', [${name}])` },
  { before: '', value: 'config.apiKey', after: (name) => `console.error(\`x \${${name}}\`)` },
]

const CLEAN: readonly Program[] = LEAKS.flatMap(({ before, after }) =>
  ['user.name', 'process.env.PORT', 'secret.label', 'await getName()', 'user.password.length'].map(
    (value) => ({ before, value, after }),
  ),
)

const IMPORTS = `import { execFileSync } from 'node:child_process'
import { secret } from './secret.ts'
`

function findingsIn(code: string): string[] {
  const linter = new TSESLint.Linter({ configType: 'flat', cwd: '/project' })
  const rules = Object.keys(plugin.rules).filter((name) => /^no-secret-(?:in|name)/.test(name))
  const config: TSESLint.FlatConfig.Config = {
    files: ['**/*.ts'],
    languageOptions: { parser },
    plugins: { '@rekey': plugin },
    rules: Object.fromEntries(rules.map((name) => [`@rekey/${name}`, 'error'])),
  }
  const messages = linter.verify(code, config, { filename: '/project/file.ts' })
  return messages.map(({ ruleId, message }) => ruleId ?? message)
}

/** Numbers that follow from `seed` (Mulberry32, T. Ettinger, 2017, public domain). */
function randomFrom(seed: number): Random {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

describe(`with the seed ${SEED}`, () => {
  it.each([
    ['a leak stays found', LEAKS, true],
    ['a clean program stays clean', CLEAN, false],
  ] as const)('%s however its value goes', (_title, programs, isLeak) => {
    const random = randomFrom(SEED)
    const wrong = Array.from({ length: ROUNDS }, () => {
      const program = programs[random(programs.length)] ?? programs[0]
      const code = program && IMPORTS + transformed(program, 1 + random(MAX_STEPS), random)
      return code !== undefined && findingsIn(code).length > 0 !== isLeak ? [code] : []
    }).flat()
    expect(wrong).toEqual([])
  })

  it.each(TRANSFORMS.map(({ name }) => name))('holds for each transform alone: %s', (name) => {
    const only = TRANSFORMS.filter((each) => each.name === name)
    const wrong = [...LEAKS, ...CLEAN].flatMap((program) => {
      const code = IMPORTS + transformed(program, 1, () => 0, only)
      const isLeak = LEAKS.includes(program)
      return findingsIn(code).length > 0 === isLeak ? [] : [code]
    })
    expect(wrong).toEqual([])
  })
})
