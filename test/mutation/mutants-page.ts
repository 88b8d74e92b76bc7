import { FOLDERS } from './folders.ts'
import type { Outcome, State } from './run-mutants.ts'

const HEAD = `# Mutants

How many changes of the sources of a folder its tests notice. Stryker makes each change, a mutant, of one expression or block; one is killed where a
test fails. The tests are those of the first lane in the folder, and those of its package that import one of its files and take less than 0.3 s each; what tests of other packages
notice is not counted, nor what runs in a process or a worker thread that a test starts: more is noticed than this shows. The score is the
share of all mutants that are killed, in percent. \`npm run mutants -- FOLDER\` measures a folder, prints what survived and writes its row; with source files in
place of a folder, it prints what survived in them. A workflow measures all each night, and shows the page.

| folder | mutants | killed | survived | not reached | score | wanted | measured |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |
`

/** How many of the outcomes have a state. */
export function countOf(outcomes: readonly Outcome[], state: State): number {
  return outcomes.filter((outcome) => outcome.state === state).length
}

/** Writes the page: of one folder what is measured now, of each other its row on the page before, if it has one. */
export function mutantsPage(
  folder: string,
  outcomes: readonly Outcome[],
  by: string,
  before: string,
): string {
  const old = new Map(
    Array.from(before.matchAll(/^\| (\S+) \|.*\|$/gm), ([row, name]) => [name, row]),
  )
  const score = ((100 * countOf(outcomes, 'killed')) / outcomes.length).toFixed(1)
  const counts = (['killed', 'survived', 'not reached'] as const).map((state) =>
    countOf(outcomes, state),
  )
  const rows = Array.from(FOLDERS, ([name, wanted]) => {
    if (name === folder) return rowOf(name, outcomes.length, ...counts, score, wanted, by)
    return old.get(name) ?? rowOf(name, '-', '-', '-', '-', '-', wanted, 'not measured')
  })
  return `${HEAD}${rows.join('\n')}\n`
}

function rowOf(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}
