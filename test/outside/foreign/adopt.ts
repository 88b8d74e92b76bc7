import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Application } from './applications.ts'
import { runGate } from './gate-findings.ts'
import { type Observation, observe } from './observe.ts'
import { obtainApplication } from './obtain.ts'
import { type CommandPlace, type CommandRun, runCommand } from './run-command.ts'

/** What `rekey init` made of one application. */
export interface Adoption {
  readonly before: Observation
  readonly after: Observation
  readonly init: {
    readonly code: number | null
    readonly secrets: number
    readonly settings: number
    /** What it changed or wrote, from the top of the repository. */
    readonly files: readonly string[]
    /** What a second run changed. */
    readonly again: readonly string[]
  }
  /** The commands of its last lines that failed. */
  readonly failedSteps: readonly string[]
  readonly familyCheck: number | null
  readonly gate: Awaited<ReturnType<typeof runGate>>
}

/** What was printed, by the step: for people, and in no record. */
export type Transcript = Map<string, string>

/**
 * Copies an application into the empty folder of `place`, compiles and starts it.
 *
 * @throws {Error} if it is not to be had, or does not start as its list has it
 */
export async function observeBefore(
  application: Application,
  place: CommandPlace,
  transcript: Transcript,
): Promise<Observation> {
  await obtainApplication(application, place)
  const before = await observe(application, place)
  transcript.set('start before', before.output)
  if (!before.isAsListed) throw new Error(`does not start as listed: ${before.starts}`)
  return before
}

interface Adopting {
  readonly before: Observation
  readonly place: CommandPlace
  /** The file of the command. */
  readonly rekey: string
}

/** Adopts an application as its developer does it: `rekey init`, then the commands that it names, then the checks. */
export async function adoptApplication(
  application: Application,
  { before, place, rekey }: Adopting,
  transcript: Transcript,
): Promise<Adoption> {
  const step = async (name: string, command: readonly string[]): Promise<CommandRun> => {
    const run = await runCommand(command, place)
    transcript.set(name, run.output)
    return run
  }
  const [fresh, listed] = [
    await digestFiles(place.cwd),
    await step('init --json', [rekey, 'init', '--json']),
  ]
  const init = await step('init --write', [rekey, 'init', '--write'])
  const written = await digestFiles(place.cwd)
  await step('init again', [rekey, 'init', '--write'])
  const again = differences(written, await digestFiles(place.cwd))
  const failedSteps = await takeSteps(init.output, place, transcript)
  const after = await observe(application, place)
  transcript.set('start after', after.output)
  const check = await step('family check', ['sh', '-c', 'node_modules/.bin/rekey family check'])
  const gate = await runGate(application.name, place)
  transcript.set('gate', gate.output)
  const count = (type: string) => listed.output.split(`{"type":"${type}"`).length - 1
  return {
    ...{ before, after },
    init: {
      code: init.code,
      ...{ secrets: count('secret'), settings: count('setting') },
      ...{ files: differences(fresh, written), again },
    },
    ...{ failedSteps, familyCheck: check.code },
    gate,
  }
}

/** The commands in the last lines of `rekey init`: what is to be installed, and what is generated. */
const STEP = /^ *(?:[^\s:]+: )?((?:npm install|npx rekey generate).*)$/gm

async function takeSteps(
  output: string,
  place: CommandPlace,
  transcript: Transcript,
): Promise<string[]> {
  const failed: string[] = []
  for (const [, command = ''] of output.matchAll(STEP)) {
    for (const part of command.split(' && ').filter((each) => !each.endsWith('family check'))) {
      const { code, output: printed } = await runCommand(['sh', '-c', part], place)
      transcript.set(part, printed)
      if (code !== 0) failed.push(part)
    }
  }
  return failed
}

type Digests = ReadonlyMap<string, string>

/** A digest of each file that is no dependency and not of git. */
async function digestFiles(root: string, folder = ''): Promise<Digests> {
  const digests = new Map<string, string>()
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (['node_modules', '.git'].includes(entry.name)) continue
    if (entry.isDirectory()) for (const one of await digestFiles(root, path)) digests.set(...one)
    if (!entry.isFile()) continue
    const digest = createHash('sha256').update(await readFile(join(root, path)))
    digests.set(path, digest.digest('hex'))
  }
  return digests
}

function differences(before: Digests, after: Digests): string[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter((path) => before.get(path) !== after.get(path)).toSorted()
}
