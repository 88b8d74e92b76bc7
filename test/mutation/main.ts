import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { changedLines, type Lines } from './changed-lines.ts'
import { FOLDERS } from './folders.ts'
import { instrument, type Mutant } from './mutants.ts'
import { countOf, mutantsPage } from './mutants-page.ts'
import { embeddedTests, relatedTests } from './related-tests.ts'
import { type Outcome, runMutants } from './run-mutants.ts'

// main.ts [--minutes N] [FOLDER...]: tries all mutants of folders, one after the other, and writes their rows; default: all of folders.ts.
// main.ts [--minutes N] FILE...: tries those of source files, and prints what survives.
// main.ts [--minutes N] --changed [BASE]: tries those of lines that differ from a commit, default `main`, and prints what survives.
const ROOT = join(import.meta.dirname, '../..')
const PAGE = join(ROOT, 'docs/reference/mutants.md')

const { values, positionals } = parseArgs({
  options: { changed: { type: 'boolean' }, minutes: { type: 'string', default: '180' } },
  allowPositionals: true,
})
const embedded = await embeddedTests(ROOT)
const end = Date.now() + Number(values.minutes) * 60_000

const files = positionals.filter((path) => path.endsWith('.ts'))

if (values.changed === true) await tryChanged(positionals[0] ?? 'main')
else if (files.length > 0) await tryFiles(files)
else
  for (const folder of positionals.length > 0 ? positionals : FOLDERS.keys()) await measure(folder)

/** Tries all mutants of a folder; its row is written only if the time was enough. */
async function measure(folder: string): Promise<void> {
  const outcomes = await tryMutants(folder, sourcesIn(folder), () => true)
  if (countOf(outcomes, 'left out') > 0 || !FOLDERS.has(folder)) return
  const by = `${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}`
  const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : ''
  writeFileSync(PAGE, mutantsPage(folder, outcomes, by, before))
}

async function tryFiles(paths: readonly string[]): Promise<void> {
  for (const folder of FOLDERS.keys()) {
    const sources = sourcesIn(folder).filter((source) => paths.includes(source))
    if (sources.length > 0) await tryMutants(folder, sources, () => true)
  }
}

async function tryChanged(base: string): Promise<void> {
  const changed = changedLines(ROOT, base)
  for (const folder of FOLDERS.keys()) {
    const sources = sourcesIn(folder).filter((source) => changed.has(source))
    const isChanged = ({ file, line, endLine }: Mutant) =>
      changed.get(file)?.some((lines) => isInside([line, endLine], lines)) === true
    if (sources.length > 0) await tryMutants(folder, sources, isChanged)
  }
}

/** A mutant that only begins or ends in the lines has its own part in others. */
function isInside([first, last]: Lines, [from, to]: Lines): boolean {
  return from <= first && last <= to
}

async function tryMutants(
  folder: string,
  sources: readonly string[],
  isChosen: (mutant: Mutant) => boolean,
): Promise<readonly Outcome[]> {
  const tests = relatedTests(ROOT, folder, embedded)
  if (tests.length === 0) throw new Error(`no test of npm test tries ${folder}`)
  const instrumented = await instrument(ROOT, sources)
  const chosen = instrumented.mutants.filter(isChosen)
  const { outcomes, unfit } = await runMutants({
    ...{ root: ROOT, folder, instrumented, chosen, tests },
    // A test that misses something waits until its time is over.
    ...{ workers: 2 * availableParallelism(), limitMs: Math.max(0, end - Date.now()) },
  })
  for (const { mutant, state } of outcomes) {
    const { file, line, mutator, original, replacement } = mutant
    const change = `${original} → ${replacement}`.replaceAll(/\s+/g, ' ').slice(0, 200)
    if (state !== 'killed') console.log(`${state}: ${file}:${line} ${mutator}: ${change}`)
  }
  for (const file of unfit)
    console.log(`fails without mutants, or has no quick test that passes alone: ${file}`)
  const counts = (['killed', 'survived', 'not reached', 'left out'] as const).map(
    (state) => `${countOf(outcomes, state)} ${state}`,
  )
  console.log(`${folder}: ${outcomes.length} mutants, ${counts.join(', ')}`)
  return outcomes
}

/** Its TypeScript, without tests and files that are started as a process. */
function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/(?:\.test|\.d|(?:^|[/-])main)\.ts$/.test(path))
    .map((path) => join(folder, path))
    .toSorted()
}
