// npm run foreign-init -- [NAME…] [--keep FOLDER] [--record] [--before]
//
// Tries `rekey init` of this work tree on applications of other people, which it fetches from the registry: `applications.json` and
// `held-out.json` have them. For each it compiles and starts the application, runs `rekey init --write` twice, installs what it names, compiles
// and starts again, and runs `rekey family check` and the gate. It ends with 1 where one of them is not as it is to be.
//
// NAME…          only these; default: all
// --keep FOLDER  leaves each application in FOLDER/NAME, and all that was printed in FOLDER/NAME.log
// --before       checks that they start as they are listed, and runs nothing of Rekey
// --record       writes what came of them into record.json, and the table of docs/guide/init.md
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { PACKAGES } from '@rekey/test-packed'
import { adoptApplication, observeBefore, type Transcript } from './adopt.ts'
import { type Application, readApplications } from './applications.ts'
import { type PublishedRekey, publishRekey } from './published-rekey.ts'
import { type AdoptionRecord, leftOn, recordOf } from './record.ts'
import { PAGE, readRecord, RECORD, tablesOf, withTables } from './table.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    keep: { type: 'string' },
    record: { type: 'boolean', default: false },
    before: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  const listed = [...readApplications('known'), ...readApplications('heldOut')]
  const unknown = positionals.find((name) => !listed.some((each) => each.name === name))
  if (unknown !== undefined) {
    const names = listed.map(({ name }) => name).join(', ')
    throw new Error(`there is no application ${unknown}; there are: ${names}`)
  }
  const chosen = positionals.length === 0 ? listed : listed.filter(isChosen)
  const folder = await mkdtemp(join(tmpdir(), 'rekey-foreign-'))
  const keep = values.keep === undefined ? undefined : resolve(values.keep)
  try {
    await using rekey = await publishRekey(values.before ? [] : PACKAGES)
    for (const application of chosen) {
      const record = await tryOne(application, { folder: keep ?? folder, rekey })
      if (values.record && record !== undefined) await keepRecord(application.name, record)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const isChosen = ({ name }: Application) => positionals.includes(name)

interface Trying {
  readonly folder: string
  readonly rekey: PublishedRekey
}

async function tryOne(application: Application, { folder, rekey }: Trying) {
  const root = join(folder, application.name)
  const transcript: Transcript = new Map()
  await rm(root, { recursive: true, force: true })
  await mkdir(root, { recursive: true })
  try {
    const place = { cwd: root, env: rekey.env }
    const before = await observeBefore(application, place, transcript)
    if (values.before) {
      print(application.name, [], 'starts as listed')
      return undefined
    }
    const adoption = await adoptApplication(
      application,
      { before, place, rekey: rekey.rekey },
      transcript,
    )
    const record = recordOf(application, adoption)
    print(application.name, leftOn(record))
    return record
  } catch (error) {
    print(application.name, [error instanceof Error ? error.message : String(error)])
    return undefined
  } finally {
    const parts = [...transcript].map(([step, output]) => `===== ${step}\n${output}\n`)
    if (values.keep === undefined) await rm(root, { recursive: true, force: true })
    else await writeFile(`${root}.log`, parts.join('\n'))
  }
}

function print(name: string, faults: readonly string[], done = 'adopted'): void {
  const lines = faults.map((fault) => `  ${fault}`)
  process.stdout.write(
    [faults.length === 0 ? `${name}: ${done}` : `${name}:`, ...lines, ''].join('\n'),
  )
  if (faults.length > 0) process.exitCode = 1
}

async function keepRecord(name: string, record: AdoptionRecord): Promise<void> {
  const all = { ...readRecord(), [name]: record }
  const sorted = Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  await writeFile(RECORD, `${JSON.stringify(sorted, undefined, 2)}\n`)
  await writeFile(PAGE, withTables(await readFile(PAGE, 'utf8'), tablesOf(sorted)))
}

await main()
