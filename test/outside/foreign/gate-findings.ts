import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CommandPlace, runCommand } from './run-command.ts'

/** A finding of the gate in an application of other people. */
export interface GateFinding {
  /** The same while the file, its line and what is before it of the same text are. */
  readonly id: string
  readonly check: string
  readonly rule: string
  /** `src/server.js:12`. */
  readonly place: string
  readonly why: string
}

/** What a person thinks of a finding, and why. */
export interface Judgement {
  readonly application: string
  readonly rule: string
  readonly place: string
  readonly verdict: 'right' | 'arguable' | 'wrong'
  readonly reason: string
}

/** The verdicts that are kept, by the ids of findings. */
export const VERDICTS = JSON.parse(
  readFileSync(new URL('verdicts.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Judgement>>

interface GateReport {
  readonly findings: readonly {
    readonly check: string
    readonly rule: string
    readonly why: string
    readonly where: {
      readonly file: string
      readonly line?: number
      readonly part?: string
      readonly commit?: string
    }
  }[]
}

/** Runs the gate in the repository of an application; the code is null where there is no report. */
export async function runGate(application: string, place: CommandPlace) {
  const report = join(place.cwd, 'node_modules/.gate.json')
  const command = `node_modules/.bin/rekey-gate --json > ${report}`
  const { code, output } = await runCommand(['sh', '-c', command], place)
  const printed = await readFile(report, 'utf8')
  if (printed === '') return { code: null, output, findings: [] }
  const { findings } = JSON.parse(printed) as GateReport
  return { code, output, findings: await withIds(application, findings, place.cwd) }
}

async function withIds(
  application: string,
  findings: GateReport['findings'],
  root: string,
): Promise<GateFinding[]> {
  const seen = new Map<string, number>()
  const named: GateFinding[] = []
  for (const { check, rule, where, why } of findings) {
    const { file, line, part = '', commit } = where
    const text = line === undefined ? part : await lineOf(join(root, file), line)
    const key = [application, check, rule, file, text, commit === undefined ? '' : 'commit'].join(
      '\n',
    )
    const nth = (seen.get(key) ?? 0) + 1
    seen.set(key, nth)
    const id = createHash('sha256').update(`${key}\n${nth}`).digest('hex').slice(0, 12)
    const at = [file, line].filter((each) => each !== undefined).join(':')
    named.push({ id, check, rule, place: at, why })
  }
  return named
}

async function lineOf(path: string, line: number): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return (text.split('\n')[line - 1] ?? '').trim()
}
