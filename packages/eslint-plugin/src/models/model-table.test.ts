import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { lintWith } from '../../test/rule-runs.support.ts'
import { modelTable } from './model-table.ts'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as object
const shipped = read('./models.json') as { takes: object[]; gives: object[] }

describe('the models', () => {
  it('conform to their schema, by a validator of others', () => {
    // The validator that ESLint itself has.
    const requireOfEslint = createRequire(createRequire(import.meta.url).resolve('eslint'))
    const Ajv = requireOfEslint('ajv') as new (options: object) => {
      validate(schema: object, value: object): boolean
      errors: unknown
    }
    const ajv = new Ajv({ schemaId: 'auto', meta: false, validateSchema: false })
    const schema = { ...read('./models.schema.json'), $schema: undefined }
    expect(ajv.validate(schema, shipped), JSON.stringify(ajv.errors)).toBe(true)
  })

  it('have no row twice', () => {
    const rows = [...shipped.takes, ...shipped.gives].map((row) => JSON.stringify(row))
    expect(rows.length).toBe(new Set(rows).size)
  })

  it('find rows by module and call, in each of the ways to write them', () => {
    const table = modelTable()
    expect(table.takenBy('discord.js.Client().login').map(({ at }) => at)).toEqual([
      ['*.**'],
      ['0'],
    ])
    expect(table.takenBy('mysql2/promise.createPool').map(({ at }) => at)).toEqual([['*.**']])
    expect(table.takenBy('crypto.createHmacs')).toEqual([])
    expect(table.givenBy('uuid/v1')?.kind).toBe('guessable')
    expect(table.givenBy('toString')).toBeUndefined()
  })
})

describe("settings['@rekey'].models", () => {
  const code = "import { open } from 'vault-of-ours'\nopen('host', { pin: 'letmein' })"
  const models = (row: object) => ({ '@rekey': { models: { takes: [row] } } })
  const row = { modules: ['vault-of-ours'], calls: ['open'], at: ['1.pin'], kind: 'password' }

  it('add rows to those of the plugin', () => {
    expect(lintWith(code, 'no-hardcoded-secret', {})).toEqual([])
    expect(lintWith(code, 'no-hardcoded-secret', models(row))).toEqual(['givenSecret'])
  })

  it('end the run where a row is wrong, with its place and what is expected there', () => {
    const wrong = (change: object) => () =>
      lintWith(code, 'no-hardcoded-secret', models({ ...row, ...change }))
    expect(wrong({ kind: 'pin' })).toThrow(
      /settings\['@rekey'\]\.models\.takes\[0\]\.kind: must be one of password, token/,
    )
    expect(wrong({ at: ['first'] })).toThrow(/takes\[0\]\.at\[0\]: must match/)
    expect(wrong({ at: [] })).toThrow(/takes\[0\]\.at: must have at least 1/)
    expect(wrong({ module: 'x' })).toThrow(/takes\[0\]: has no field module; there are modules/)
    expect(wrong({ modules: undefined })).toThrow(/takes\[0\]\.modules: must be an array/)
  })

  it('give public keys that are never reported', () => {
    const key = `shop_search_${'a1B2c3D4e5F6g7H8'.slice(0, 16)}`
    const keyed = `const apiKey = '${key}'`
    const settings = { '@rekey': { models: { publicKeys: ['^shop_search_'] } } }
    expect(lintWith(keyed, 'no-hardcoded-secret', {})).toEqual(['namedSecret'])
    expect(lintWith(keyed, 'no-hardcoded-secret', settings)).toEqual([])
  })
})
