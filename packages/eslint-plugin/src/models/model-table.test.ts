import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { lintWith } from '../../test/rule-runs.support.ts'
import { OUTPUTS } from '../engine/sinks/sinks.ts'
import { noWeakSetting } from '../rules/no-weak-setting.ts'
import { modelTable } from './model-table.ts'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as object
type Section = 'takes' | 'weakens' | 'gives' | 'shows'
const shipped = read('./models.json') as Readonly<Record<Section, object[]>>

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

  it('name in their schema the outputs and weaknesses that the rules have', () => {
    const { properties } = read('./models.schema.json') as {
      properties: Record<string, { items: { properties: Record<string, { enum: string[] }> } }>
    }
    const named = (section: string, field: string) =>
      properties[section]?.items.properties[field]?.enum.toSorted()
    expect(named('shows', 'in')).toEqual(OUTPUTS.toSorted())
    expect(named('weakens', 'kind')).toEqual(
      Object.keys(noWeakSetting.meta.messages)
        .filter((id) => id !== 'ruleFailed')
        .toSorted(),
    )
  })

  it('have no row twice', () => {
    const { takes, weakens, gives, shows } = shipped
    const rows = [takes, weakens, gives, shows].flat().map((row) => JSON.stringify(row))
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

  it('show what functions do with a secret: show it, hide it, or give one', () => {
    const gives = (kind: string) => ({
      '@rekey': { models: { gives: [{ modules: ['ours'], calls: ['of'], kind }] } },
    })
    const shown = "import { of } from 'ours'\nconsole.log(of(config.password))"
    const given = "import { of } from 'ours'\nconst one = await of('db')\nconsole.log(one.value)"
    const copies = {
      '@rekey': { models: { gives: [{ modules: ['ours'], calls: ['copy'], kind: 'safe' }] } },
    }
    const found = (code: string, settings: Readonly<Record<string, unknown>>) =>
      lintWith(code, 'no-secret-name-in-output', settings)
    expect(found(shown, {})).toEqual([])
    expect(found(shown, gives('text'))).toEqual(['suspiciousName'])
    expect(found(shown.replaceAll('of', 'copy'), {})).toEqual(['suspiciousName'])
    expect(found(shown.replaceAll('of', 'copy'), copies)).toEqual([])
    expect(found(given, {})).toEqual([])
    expect(found(given, gives('secret'))).toEqual(['suspiciousName'])
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

  it('add outputs, by the module or by what the method is called on', () => {
    const leak = (call: string) => `import box from 'box-of-ours'\n${call}`
    const settings = {
      '@rekey': {
        models: {
          shows: [
            { in: 'log', modules: ['box-of-ours'], calls: ['note'], at: ['1+'] },
            { in: 'telemetry', on: ['trunk'], calls: ['put*'] },
            { in: 'log', on: ['trunk', 'logger'], calls: ['shout'] },
          ],
          receivers: { trunk: { names: '^trunk$' }, logger: { names: '^journal$' } },
        },
      },
    }
    const found = (call: string, rule: string) => lintWith(leak(call), rule, settings)
    expect(found('box.note(secret.expose(), 1)', 'no-secret-in-logs')).toEqual([])
    expect(found('box.note(1, secret.expose())', 'no-secret-in-logs')).toEqual(['exposedSecret'])
    expect(found('trunk.putAll(secret.expose())', 'no-secret-in-telemetry')).toEqual([
      'exposedSecret',
    ])
    for (const name of ['trunk', 'journal', 'log']) {
      const call = `${name}.shout(secret.expose())`
      expect(found(call, 'no-secret-in-logs'), name).toEqual(['exposedSecret'])
      expect(lintWith(leak(call), 'no-secret-in-logs', {}), name).toEqual([])
    }
    expect(found('journal.info(secret.expose())', 'no-secret-in-logs')).toEqual(['exposedSecret'])
  })

  it('end the run where an output is wrong', () => {
    const wrong = (shown: object) => () =>
      lintWith(code, 'no-secret-in-logs', { '@rekey': { models: { shows: [shown] } } })
    expect(wrong({ in: 'log', on: ['trunk'], calls: ['put'] })).toThrow(
      /there is no receiver trunk; there are console, logger/,
    )
    expect(wrong({ in: 'log' })).toThrow(/each row must have modules, on, calls, sets or tags/)
    expect(wrong({ in: 'mail', calls: ['send'] })).toThrow(/shows\[0\]\.in: must be one of log/)
    expect(() =>
      lintWith(code, 'no-secret-in-logs', {
        '@rekey': { models: { receivers: { trunk: { names: '(' } } } },
      }),
    ).toThrow(/receivers\.trunk\.names: must be a regular expression/)
  })

  it('give public keys that are never reported', () => {
    const key = `shop_search_${'a1B2c3D4e5F6g7H8'.slice(0, 16)}`
    const keyed = `const apiKey = '${key}'`
    const settings = { '@rekey': { models: { publicKeys: ['^shop_search_'] } } }
    expect(lintWith(keyed, 'no-hardcoded-secret', {})).toEqual(['namedSecret'])
    expect(lintWith(keyed, 'no-hardcoded-secret', settings)).toEqual([])
  })
})
