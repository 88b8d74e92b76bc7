import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { examplesOf } from './command-examples.ts'
import { EXIT_CODE_TABLE } from './failure.ts'
import { leafCommands } from './program-help.ts'
import { newProgram, runProgram } from '../../test/commands/run-program.support.ts'

const commands = leafCommands(await newProgram())
const paths = commands.map(({ path }) => path)
const examples = commands.flatMap(({ path, command }) =>
  examplesOf(command).map((line) => [path, line]),
)

it('every command but the hidden one has an example', () => {
  const shown = new Set(examples.map(([path]) => path))
  expect(paths.filter((path) => !shown.has(path))).toEqual(['complete'])
})

/** The words of a line as a shell splits it: quotes are removed. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}

it.each(examples)(
  'the example of %s is one that the command accepts: %s',
  async (path = '', line = '') => {
    const program = await newProgram()
    const called: string[] = []
    for (const leaf of leafCommands(program)) {
      leaf.command.action(() => {
        called.push(leaf.path)
      })
    }
    const [typed] = line.split(' > ')
    await program.parseAsync(['node', ...words(typed ?? '')])
    expect(called).toEqual([path])
  },
)

it('prints its version, the exit codes, and the examples of a command', async () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string }
  expect((await runProgram(['--version'])).output).toContain(`${version}\n`)
  const help = await runProgram(['--help'])
  for (const { code, meaning } of EXIT_CODE_TABLE)
    expect(help.output).toContain(`${code}  ${meaning}`)
  const shown = await runProgram(['ca', 'show', '--help'])
  expect(shown).toMatchObject({ code: 0 })
  expect(shown.output).toContain('rekey ca show /srv/ca --json')
})

it('--help-all prints every command but the hidden one, with each of its options and arguments', async () => {
  const { code, output } = await runProgram(['--help-all'])
  expect(code).toBe(0)
  const [, , ...sections] = output.split(/^(?=Usage: )/m)
  const shown = leafCommands(await newProgram()).filter(({ path }) => path !== 'complete')
  expect(sections).toHaveLength(shown.length)
  for (const [index, { path, command }] of shown.entries()) {
    const text = sections[index] ?? ''
    const { options, registeredArguments } = command
    const flags = options.filter(({ hidden }) => !hidden).map((option) => option.flags)
    const parts = registeredArguments.map((argument) => argument.name())
    expect(text).toContain(`Usage: rekey ${path} `)
    for (const part of [...flags, ...parts]) expect(text).toContain(part)
    for (const line of examplesOf(command)) expect(output).toContain(line)
  }
})

it('the README states the exit codes as the program does', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const rows = EXIT_CODE_TABLE.map(({ code, meaning, remedy }) => [String(code), meaning, remedy])
  const stated = [...readme.matchAll(/^\| +(\d) +\| (.*?) *\| (.*?) *\|$/gm)].map(
    ([, ...cells]) => cells,
  )
  expect(stated).toEqual(rows)
})
