import { execFile } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { findProgram } from '@rekey/testbed'
import { type CellTable, effort, writePackages } from './bench-table.ts'
import { generateRepository } from './generated-repository.ts'

const run = promisify(execFile)
const ROUNDS = effort(3, 1)
const COMMITS = effort(100, 2)
const MAX_OUTPUT = 64 * 2 ** 20

const FILES = {
  '.gitignore': 'node_modules\n',
  '.gitleaks.toml': '[extend]\nuseDefault = true\n',
  'package-lock.json': '{ "lockfileVersion": 3, "packages": {} }\n',
  'eslint.config.js': `import rekey from '@rekey/eslint-plugin'
import tseslint from 'typescript-eslint'
export default [
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
  },
  ...rekey.configs.recommended,
]
`,
}

/** The time of a command, with all processes that it starts, in seconds. */
interface Cost {
  readonly cpu: number
  readonly wall: number
}

/** The cost of the gate beside that of gitleaks over history and files, and of ESLint, each run by itself with the same configuration. */
export async function benchGateSpeed(): Promise<CellTable> {
  const gitleaks = await findProgram('gitleaks')
  if (!gitleaks.found) throw new Error(`${gitleaks.reason}; ${gitleaks.install}`)
  await writePackages()
  const parent = await mkdtemp(join(tmpdir(), 'rekey-gate-speed-'))
  try {
    const root = join(parent, 'repository')
    const { files } = await generateRepository(root, effort(15, 1))
    await commitAll(root)
    const copy = join(parent, 'copy')
    await run('git', ['worktree', 'add', '--quiet', '--detach', copy], { cwd: root })
    await rm(join(copy, '.git'))
    await run('git', ['worktree', 'prune'], { cwd: root })
    const search = `${gitleaks.path} MODE . --no-banner --exit-code 0`
    const node = `${process.execPath} node_modules`
    const named = `--gitleaks ${gitleaks.path}`
    const commands = [
      ['gitleaks over the history', search.replace('MODE', 'git'), root],
      ['gitleaks over the files', search.replace('MODE', 'dir'), copy],
      ['ESLint', `${node}/eslint/bin/eslint.js .`, root],
      ['rekey-gate', `${node}/@rekey/eslint-plugin/dist/gate/main.js ${named}`, root],
    ] as const
    const costs = commands.map((): Cost[] => [])
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, [, command, folder]] of commands.entries()) {
        costs[index]?.push(await costOf(command, folder))
      }
    }
    const least = costs.map(leastOf)
    const [gate = NO_COST, ...alone] = least.toReversed()
    const sum = alone.reduce(({ cpu, wall }, each) => ({
      cpu: cpu + each.cpu,
      wall: wall + each.wall,
    }))
    return {
      title: `The gate over ${files} files and ${COMMITS} commits`,
      columns: ['processor', 'wall clock'],
      rows: [
        ...commands.map(([name], index) => rowOf(name, least[index] ?? NO_COST)),
        rowOf('gitleaks and ESLint, together', sum),
        {
          name: 'ratio of the gate to these',
          cells: [(gate.cpu / sum.cpu).toFixed(2), (gate.wall / sum.wall).toFixed(2)],
        },
      ],
      aim: 'the gate takes at most 1.2 times the time of gitleaks and ESLint',
      note: `the least of ${ROUNDS} rounds each, with the start of each process`,
    }
  } finally {
    await rm(parent, { recursive: true })
  }
}

const NO_COST: Cost = { cpu: NaN, wall: NaN }

/** A history in which each commit changes another file. */
async function commitAll(root: string): Promise<void> {
  for (const [file, text] of Object.entries(FILES)) await writeFile(join(root, file), text)
  const author = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.test']
  const git = (...command: string[]) => run('git', [...author, ...command], { cwd: root })
  await git('init', '--quiet')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'first')
  await mkdir(join(root, 'notes'))
  for (let commit = 1; commit < COMMITS; commit += 1) {
    await appendFile(join(root, 'notes', `${commit % 10}.md`), `Change ${commit} of the notes.\n`)
    await git('add', '--all')
    await git('commit', '--quiet', '--message', `Change ${commit}`)
  }
}

/** A command that finds something ends with 1; with what else it ends it has not measured anything. */
async function costOf(command: string, folder: string): Promise<Cost> {
  const script = `TIMEFORMAT='%U %S %R'; time ${command} >/dev/null 2>"$ERRORS"; [ $? -le 1 ]`
  const env = { ...process.env, ERRORS: join(folder, '../errors'), CI: '' }
  const options = { cwd: folder, env, maxBuffer: MAX_OUTPUT }
  const { stderr } = await run('bash', ['-c', script], options)
  const [user = NaN, system = NaN, wall = NaN] = stderr.trim().split(' ').map(Number)
  return { cpu: user + system, wall }
}

function leastOf(costs: readonly Cost[]): Cost {
  return {
    cpu: Math.min(...costs.map(({ cpu }) => cpu)),
    wall: Math.min(...costs.map(({ wall }) => wall)),
  }
}

function rowOf(name: string, { cpu, wall }: Cost) {
  return { name, cells: [cpu, wall].map((seconds) => `${seconds.toFixed(2)} s`) }
}
