import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LeakRule } from '@rekey/rekey/internal'
import { parse } from 'smol-toml'
import type { Finding } from '../finding.ts'
import { readWorkFile } from '../work-tree.ts'

/** Where gitleaks finds its rules. */
export const CONFIG = '.gitleaks.toml'

/** Where gitleaks would find leaks that it is not to report. */
const IGNORED = '.gitleaksignore'

/** Something that gitleaks does not report although a rule finds it. */
interface LeakException {
  /** By which its samples are found; empty if it has none. */
  readonly description: string
}

/** The additions of a configuration to gitleaks's own rules, and its exceptions. */
export interface LeakConfig {
  /** The absolute path of the file. */
  readonly path: string
  readonly text: string
  /** The ids of its own rules. */
  readonly rules: readonly string[]
  readonly exceptions: readonly LeakException[]
}

/** A fault in the configuration of gitleaks. */
export interface LeakConfigFault {
  readonly rule: string
  /** The words of the file that it is about, such as the id of a rule. */
  readonly about: string
  readonly why: string
  readonly fix: string
}

/** A configuration of another time, and a file that has its text. */
export interface LeakConfigSource {
  readonly path: string
  readonly text: string
}

/** Reads the configuration of `root`, or `base` in its place. Gives a finding if it is not one, or lacks a rule that follows from the family. */
export async function readLeakConfig(
  root: string,
  needed: readonly LeakRule[],
  base?: LeakConfigSource,
): Promise<LeakConfig | Finding> {
  const path = base?.path ?? join(root, CONFIG)
  const text = base?.text ?? (await readWorkFile(root, CONFIG)) ?? ''
  if (existsSync(join(root, IGNORED))) return IGNORE_FILE
  const lacking = needed.find(({ toml }) => !text.includes(toml))
  if (lacking !== undefined) {
    const { id: about, toml } = lacking
    const why = `its rule ${about} is not the one that follows from the format of these secrets`
    const fix = `put this there in place of the old one:\n${toml}`
    return toFinding({ rule: 'leak-rule-drift', about, why, fix }, text)
  }
  if (text === '') {
    const fix = 'write it: [extend] with useDefault = true'
    return toFinding({ rule: 'leak-config', about: '', why: 'it is not there', fix }, text)
  }
  try {
    return { path, text, ...readRules(text) }
  } catch {
    const why = 'it is no TOML'
    return toFinding({ rule: 'leak-config', about: '', why, fix: 'mend it' }, text)
  }
}

/** The finding about a fault in the configuration, whose `text` locates the line. */
export function toFinding({ about, ...fault }: LeakConfigFault, text: string): Finding {
  const before = text.slice(0, Math.max(0, text.indexOf(about)))
  return {
    check: 'leaks',
    where: { file: CONFIG, line: before.split('\n').length },
    ...fault,
  }
}

const IGNORE_FILE: Finding = {
  check: 'leaks',
  rule: 'ignore-file',
  where: { file: IGNORED },
  why: 'what it names is not reported, and nothing shows that it is no leak',
  fix: `make it an [[allowlists]] of ${CONFIG}, which is tried with what looks like it`,
}

interface Allowlist {
  readonly description?: string
}

interface Table {
  readonly id?: string
  readonly allowlist?: Allowlist
  readonly allowlists?: readonly Allowlist[]
}

interface Config extends Table {
  readonly extend?: { readonly disabledRules?: readonly string[] }
  readonly rules?: readonly Table[]
}

/** A rule of gitleaks that is disabled is an exception too, and one that nothing describes. */
function readRules(text: string): Pick<LeakConfig, 'rules' | 'exceptions'> {
  const config: Config = parse(text)
  const { rules = [], extend: { disabledRules = [] } = {} } = config
  const allowlists = [config, ...rules].flatMap(({ allowlist, allowlists = [] }) =>
    allowlist === undefined ? allowlists : [...allowlists, allowlist],
  )
  return {
    rules: rules.map(({ id = '' }) => id),
    exceptions: [
      ...allowlists.map(({ description = '' }) => ({ description })),
      ...disabledRules.map(() => ({ description: '' })),
    ],
  }
}
