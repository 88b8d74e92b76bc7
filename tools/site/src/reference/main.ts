import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { findUndocumented } from './check-docs.ts'
import { readProject } from './read-project.ts'
import { readPages, writeReference } from './write-reference.ts'

// main.ts [--check]: writes the reference of the packages into docs/reference/api, or compares it with what is there.
const ROOT = join(import.meta.dirname, '../../../..')
const FOLDER = 'docs/reference/api'

const read = await readProject(ROOT, join(ROOT, 'tools/site/tsconfig.reference.json'))
const problems = findUndocumented(read.project)
const pages = await writeReference(read)
if (process.argv.includes('--check')) {
  const present = await readPages(join(ROOT, FOLDER))
  const changed = [...new Set([...pages.keys(), ...present.keys()])].filter(
    (path) => pages.get(path) !== present.get(path),
  )
  problems.push(...changed.map((path) => `${FOLDER}/${path} is out of date: run npm run reference`))
} else {
  await rm(join(ROOT, FOLDER), { recursive: true, force: true })
  for (const [path, text] of pages) {
    const file = join(ROOT, FOLDER, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}
if (read.app.logger.hasWarnings()) problems.push('TypeDoc has warnings: see above')
process.stderr.write(problems.map((problem) => `${problem}\n`).join(''))
process.exitCode = problems.length === 0 ? 0 : 1
