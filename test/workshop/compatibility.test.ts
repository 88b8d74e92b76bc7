import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { factsOf, type SchemaFact } from './schema-facts.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const LINES = 'packages/rekey/schemas'
/** Files of users must stay valid; lines that Rekey prints must keep their parts. */
const WRITTEN_BY_USERS = [
  'packages/rekey/family.schema.json',
  'deploy/helm/rekey/values.schema.json',
]
const PRINTED = readdirSync(join(ROOT, LINES)).map((file) => `${LINES}/${file}`)

/** The facts of all versions, which only grow: a release can be compared with each before it. */
const recordOf = (name: string) => new URL(`released/${name}.txt`, import.meta.url)

describe.each([
  { name: 'written', contract: 'what users write', paths: WRITTEN_BY_USERS },
  { name: 'printed', contract: 'what rekey --json prints', paths: PRINTED },
])('the schema of $contract', ({ name, paths }) => {
  const facts = paths.flatMap((path) => factsOf(readSchema(path), basename(path, '.json')))
  const now = new Set(facts.map(({ text }) => text))
  const released = readFileSync(recordOf(name), 'utf8').trimEnd().split('\n')

  it('keeps each part, type and value that it has had', () => {
    const gone = released.filter((text) => !now.has(text))
    // A file that was valid is valid under fewer demands.
    expect(name === 'printed' ? gone : gone.filter((text) => text.includes(' may be '))).toEqual([])
  })

  it.runIf(name === 'written')('demands nothing new of a file that was valid', () => {
    const wasThere = ({ place }: SchemaFact) =>
      released.some((text) => text.startsWith(`${place} `))
    const demanded = facts.filter((fact) => fact.isDemand && wasThere(fact))
    expect(demanded.map(({ text }) => text).filter((text) => !released.includes(text))).toEqual([])
  })

  it('has each fact on record (vitest --update adds new ones)', async () => {
    const all = [...new Set([...released, ...now])].toSorted()
    await expect(`${all.join('\n')}\n`).toMatchFileSnapshot(fileURLToPath(recordOf(name)))
  })
})

function readSchema(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
}
