import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { GENERATED, ROOT } from '../pages.ts'
import { findUndocumented } from './check-docs.ts'
import { commandPage } from './command-page.ts'
import { mergeRunbooks } from './merge-runbooks.ts'
import { readProject } from './read-project.ts'
import { writeReference } from './write-reference.ts'

// main.ts: builds the pages that the site has beside those in git: the reference of the packages, that of the command line, and the
// runbooks of the reference family. It fails on what has no docstring, and on a link to what is not exported.
const FOLDER = join(ROOT, GENERATED)
const RUNBOOKS = join(FOLDER, 'runbooks/rotation')
/** Pages that differ in a few parts are one, with a tab for each. */
const MERGED = new Map([
  ['kubernetes', 'Kubernetes'],
  ['vault', 'HashiCorp Vault'],
  ['aws', 'AWS Secrets Manager'],
  ['systemd', 'systemd'],
])
const run = promisify(execFile)
const rekey = (...args: readonly string[]) =>
  run('npm', ['run', '--silent', 'rekey', '--', ...args], { cwd: ROOT, maxBuffer: 2 ** 24 })

await rm(FOLDER, { recursive: true, force: true })
await mkdir(join(FOLDER, 'reference'), { recursive: true })
const printed = Promise.all([rekey('--help-all'), rekey('runbook', '--out', RUNBOOKS)])
const read = await readProject(ROOT, join(ROOT, 'tools/site/tsconfig.reference.json'))
read.app.validate(read.project)
const problems = findUndocumented(read.project)
await writeReference(read, join(FOLDER, 'reference/api'))
if (read.app.logger.hasWarnings()) problems.push('TypeDoc has warnings: see above')
const [{ stdout: help }] = await printed
await writeFile(join(FOLDER, 'reference/cli.md'), commandPage(help))
await mergePages()
process.stderr.write(problems.map((problem) => `${problem}\n`).join(''))
process.exitCode = problems.length === 0 ? 0 : 1

async function mergePages(): Promise<void> {
  const pages = [...MERGED].map(async ([name, title]) => {
    const path = join(RUNBOOKS, `${name}.md`)
    const text = await readFile(path, 'utf8')
    await rm(path)
    return { title, text }
  })
  const merged = mergeRunbooks('Rotation in production', await Promise.all(pages))
  await writeFile(join(RUNBOOKS, 'production.md'), merged)
  const contents = join(RUNBOOKS, 'README.md')
  const names = new RegExp(String.raw`\]\((?:${[...MERGED.keys()].join('|')})\.md#`, 'g')
  const linked = (await readFile(contents, 'utf8')).replaceAll(names, '](production.md#')
  await writeFile(contents, linked)
}
