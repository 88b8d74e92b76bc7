import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { checkLine } from '../../test/commands/json-lines.support.ts'
import { leafCommands } from './program-help.ts'
import { newProgram, runProgram } from '../../test/commands/run-program.support.ts'
import { commandSchemas } from './schema-command.ts'

const schemas = commandSchemas(await newProgram())
const paths = schemas.map(({ path }) => path)

it('every command has --json and a schema, but the hidden one of completion', async () => {
  const all = leafCommands(await newProgram())
  expect(all.map(({ path }) => path).filter((path) => !paths.includes(path))).toEqual(['complete'])
  const without = all.filter(
    ({ command }) => !command.options.some(({ long }) => long === '--json'),
  )
  expect(without.map(({ path }) => path)).toEqual(['complete'])
})

it('the package has the schema of each command as it follows from the code (vitest -u writes it anew)', async () => {
  for (const { name, schema } of schemas) {
    const text = `${JSON.stringify(schema, undefined, 2)}\n`
    await expect(text).toMatchFileSnapshot(`../../schemas/${name}.json`)
  }
  const published = readdirSync(new URL('../../schemas/', import.meta.url))
  expect(published.toSorted()).toEqual(schemas.map(({ name }) => `${name}.json`).toSorted())
})

it('rekey schema prints the schema of one command, or of all', async () => {
  const one = await runProgram(['schema', 'ca', 'rotate', 'status'])
  expect(JSON.parse(one.output)).toEqual(
    schemas.find(({ path }) => path === 'ca rotate status')?.schema,
  )
  const all = (await runProgram(['schema', '--json'])).lines()
  expect(all.map(({ command }) => command)).toEqual(paths)
  const none = await runProgram(['schema', 'ca', 'burn', '--json'])
  expect(none).toMatchObject({ code: 2 })
  expect(none.lines()).toMatchObject([{ type: 'failure', code: 'usage', exitCode: 2 }])
})

it.each(paths)('%s --json reports wrong usage as one failure on standard output', async (path) => {
  const run = await runProgram([...path.split(' '), '--no-such-flag', '--json'])
  expect(run.code).toBe(2)
  const lines = path === 'run' ? run.errorLines() : run.lines()
  expect(lines).toEqual([
    {
      ...{ type: 'failure', outcome: 'failed', code: 'usage', details: {}, exitCode: 2 },
      message: expect.stringMatching(/--no-such-flag|required option/) as string,
    },
  ])
})

it('a line with a part that no schema names, of another type, or without a part is found', () => {
  const swept = { type: 'swept', secret: 'KEY', removed: [] }
  checkLine('sweep', swept)
  for (const line of [{ ...swept, value: 'x' }, { ...swept, type: 'sweep' }, { type: 'swept' }]) {
    expect(() => {
      checkLine('sweep', line)
    }).toThrow('a line of sweep does not fit')
  }
})
