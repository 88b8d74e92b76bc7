// @lane servers
import { fileURLToPath } from 'node:url'
import { TSESLint } from '@typescript-eslint/utils'
import { expect, it } from 'vitest'
import { type Mode, programOf, readPrograms, type Snippet } from '../test/corpus.support.ts'
import { configWith } from '../test/rule-runs.support.ts'
import plugin from './index.ts'

/**
 * Vulnerabilities of public projects as they were before their fix, rebuilt in the form of the corpus, each with its fixed version behind it.
 * The comments below a title give its source, its weakness (CWE) and what was wrong. A file is named for the rule that ought to find them.
 */
const folder = fileURLToPath(new URL('../test/vulnerabilities/corpus/', import.meta.url))
const ORIGIN = /^\/\/ https:\/\/\S+ CWE-\d+\n\/\/ [A-Z].*\.\n/

/** Rules that report each reading of the environment, and each service without grants, whether something leaks or not. */
const OF_THE_LOADER = /\/(?:no-raw-env|require-startup-validation|service-access)$/

const modes: readonly Mode[] = ['typed', 'untyped']
const programs = readPrograms(folder)
const [vulnerable, fixed] = [true, false].map((leak) =>
  programs.filter(({ isLeak }) => isLeak === leak),
) as [Snippet[], Snippet[]]
const compiled = programOf(programs)

it.each(programs)('the preset rekey reports in $title what its comments say', (program) => {
  for (const mode of modes)
    expect(reportsIn(program, 'rekey', mode), mode).toEqual(program.reports[mode])
})

it('is 25 vulnerabilities or more, each with its origin and its fixed version, of which rekey finds three of four', () => {
  for (const { title, code } of vulnerable) expect(code, title).toMatch(ORIGIN)
  expect(fixed.map(({ title }) => title)).toEqual(
    vulnerable.map(({ title }) => title.replace(/(?=\.js$)|(?<!\.js)$/, '-fixed')),
  )
  const lines = (['recommended', 'rekey'] as const).flatMap((preset) =>
    modes.map((mode) => {
      const missed = vulnerable.filter((program) => reportsIn(program, preset, mode).length === 0)
      if (preset === 'rekey') expect(missed.length / vulnerable.length).toBeLessThanOrEqual(0.25)
      return `${preset}, ${mode}: found ${vulnerable.length - missed.length} of ${vulnerable.length}`
    }),
  )
  console.info(lines.join('\n'))
  expect(vulnerable.length).toBeGreaterThanOrEqual(25)
})

/** `LINE: ID` of each report of a preset in a program, each once. */
function reportsIn(
  { file, code }: Snippet,
  preset: 'recommended' | 'rekey',
  mode: Mode,
): readonly string[] {
  const rules = Object.entries(plugin.configs[preset][0]?.rules ?? {}).filter(
    ([name]) => !OF_THE_LOADER.test(name),
  )
  const config = configWith(Object.fromEntries(rules), mode === 'typed' && compiled)
  const linter = new TSESLint.Linter({ configType: 'flat', cwd: folder })
  const lines = linter
    .verify(code, config, { filename: file })
    .map(({ line, messageId, message }) => `${line}: ${messageId ?? message}`)
  return [...new Set(lines)].sort()
}
