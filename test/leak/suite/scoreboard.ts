import { readFileSync } from 'node:fs'
import type { LeakCase, Result } from './cases.ts'
import type { Contender } from './contenders.ts'

/** A contender that was run, and the packages that it is made of. */
export interface Scored {
  readonly group: string
  readonly contender: Contender
  readonly packages: readonly string[]
  readonly results: readonly Result[]
}

const leaks = (results: readonly Result[]) =>
  results.filter((result) => result.leaks.length > 0).length

/** Writes the page. Cases list contenders by their numbers, since names would not fit. */
export function writeScoreboard(scored: readonly Scored[], cases: readonly LeakCase[]): string {
  const declared = (one: Scored) => one.results.filter((result) => !result.case.isOutside)
  const sizeOf = (isOutside: boolean) => cases.filter((one) => one.isOutside === isOutside).length
  const rows = scored.map((one, at) => [
    String(at + 1),
    one.group,
    one.contender.name,
    one.packages.map((name) => `${name} ${versionOf(name)}`).join(', '),
    String(leaks(declared(one))),
    String(leaks(one.results) - leaks(declared(one))),
    String(one.results.filter(({ lost }) => lost.length > 0).length),
  ])
  const held = cases.map((one, at) => [
    one.isOutside ? `${one.name} (out of scope)` : one.name,
    scored
      .flatMap(({ results }, column) => (results[at]?.leaks.length === 0 ? [column + 1] : []))
      .join(', '),
  ])
  return `# Leak scoreboard

${INTRODUCTION}

${table(['', '', 'contender', 'versions', `leaks of ${sizeOf(false)}`, `out of scope, of ${sizeOf(true)}`, 'lines lost'], rows)}

## Case by case

The contenders that do not leak it, by their numbers above.

${table(['case', 'no leak'], held)}
`
}

const INTRODUCTION = `A case is one way of a secret into a log line: a call, or a spelling in a message or in a field. Each runs with three secrets: a plain one, one of two
lines, one full of special characters. It leaks if, of any of them, a reader who tries every decoding finds the first or last twelve characters in what the logger wrote.
The reader shares no code with the redactor. A line is lost if nothing was written, or no JSON where the logger writes JSON.

Contenders that search by name got every name that the cases use, at up to three levels where a path has a fixed depth; those that search by value got the value. Redactors of
objects got the finished record of pino.

This page is written by \`test/leak/suite/rivals.test.ts\`: \`npx vitest run test/leak/suite/rivals.test.ts --update\`. A row more in \`encodings.ts\`, \`log-calls.ts\`,
\`contenders.ts\` or \`rivals.ts\` is a row more here.`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Versions are pinned in the package that runs them. */
function versionOf(name: string): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { devDependencies } = JSON.parse(text) as {
    devDependencies: Readonly<Record<string, string>>
  }
  return devDependencies[name] ?? ''
}
