import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Behaves as `op`, `doppler` and `infisical` do, by their documentation and sources: none of them is in a registry that tests can use,
 * except an old `doppler`. `state.json` beside it holds the secrets, and a fault.
 */
const PROGRAM = `
const { appendFileSync, readFileSync } = require('node:fs')
const { spawn } = require('node:child_process')
const [, path, ...args] = process.argv
const tool = path.split('/').at(-1)
const { secrets, fault } = JSON.parse(readFileSync(__dirname + '/state.json', 'utf8'))
const run = { args, cwd: process.cwd(), variables: Object.keys(process.env), pid: process.pid }
const FAULTS = {
  slow: () => {
    run.helper = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'inherit' }).pid
    setTimeout(() => {}, 60000)
  },
  large: () => process.stdout.write('x'.repeat(70000)),
  binary: () => process.stdout.write(Buffer.from([0xff, 0xfe])),
  refused: () => fail('(403) Forbidden: ' + Object.values(secrets).join()),
}
const fail = (text) => { process.stderr.write('[ERROR] 2026/12/01 10:00:00 ' + text + '\\n'); process.exitCode = 1 }
const print = (text) => process.stdout.write(text)
const TOOLS = {
  op() {
    const [vault, item] = args.at(-1).slice('op://'.length).split('/')
    if (secrets[item] !== undefined) return print(secrets[item])
    fail("could not read secret '" + args.at(-1) + "': \\"" + item + '" isn\\'t an item in the "' + vault + '" vault. Specify the item with its UUID, name, or domain.')
  },
  doppler() {
    const [, , name] = args
    print(JSON.stringify(secrets[name] === undefined ? {} : { [name]: { computed: secrets[name], note: '' } }))
  },
  infisical() {
    const [, , name] = args
    if (secrets[name] !== undefined) print(secrets[name] + '\\n')
  },
}
;(FAULTS[fault] ?? TOOLS[tool])()
appendFileSync(__dirname + '/runs.jsonl', JSON.stringify(run) + '\\n')
`

/** One run of a stand-in. */
interface StandInRun {
  readonly args: readonly string[]
  readonly cwd: string
  /** The names of its variables. */
  readonly variables: readonly string[]
  readonly pid: number
  readonly helper?: number
}

/** A directory with a stand-in of a program, to be put on `PATH`. */
export interface StandIn extends AsyncDisposable {
  readonly directory: string
  readonly put: (name: string, value: string) => Promise<void>
  readonly breakBy: (fault: 'slow' | 'large' | 'binary' | 'refused') => Promise<void>
  readonly runs: () => Promise<StandInRun[]>
}

/** Makes a stand-in for one program. */
export async function openStandIn(tool: string): Promise<StandIn> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-stand-in-'))
  const state: { secrets: Record<string, string>; fault?: string } = { secrets: {} }
  const save = () => writeFile(join(directory, 'state.json'), JSON.stringify(state))
  await save()
  await writeFile(join(directory, tool), `#!${process.execPath}\n${PROGRAM}`)
  await chmod(join(directory, tool), 0o700)
  return {
    directory,
    put: (name, value) => {
      state.secrets[name] = value
      return save()
    },
    breakBy: (fault) => {
      state.fault = fault
      return save()
    },
    async runs() {
      const text = await readFile(join(directory, 'runs.jsonl'), 'utf8').catch(() => '')
      const lines = text.split('\n').filter((line) => line !== '')
      return lines.map((line) => JSON.parse(line) as StandInRun)
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}
