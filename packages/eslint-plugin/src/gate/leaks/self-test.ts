import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { leakRules } from '@rekey/rekey/internal'
import { fillSample, SECRET_FORMATS } from '@rekey/log-redactor/internal/signs'
import type { GatePolicy, PlantedText } from '../gate-policy.ts'
import { findLeaks, openWorkshop } from './gitleaks.ts'
import type { LeakConfig, LeakConfigFault } from './leak-config.ts'

type LeakPolicy = Pick<GatePolicy, 'samples' | 'exceptions'>

/** A text that is planted to see what gitleaks does, and what is wrong if it does not do that. */
interface Trial {
  readonly planted: PlantedText
  readonly fault: LeakConfigFault
}

/** Results of gitleaks for texts: with our configuration, or with the rules alone and no exception of ours. */
interface Trials {
  readonly found: readonly Trial[]
  readonly allowed: readonly Trial[]
  readonly foundWithoutExceptions: readonly Trial[]
}

/** A secret that is drawn by lot may look like none; three in a row do not. */
const DRAWS = 3

/**
 * Whether gitleaks finds what it is trusted to find: a fresh secret for each rule, and what looks like an exception and is
 * none. Each exception must allow what it is there for, and be needed for it. What has no sample to be tried with is a fault
 * too.
 */
export async function selfTest(
  program: string,
  config: LeakConfig,
  policy: LeakPolicy,
): Promise<readonly LeakConfigFault[]> {
  let faults = await tryOnce(program, config, policy)
  for (let draw = 2; draw <= DRAWS && faults.length > 0; draw += 1) {
    const again = await tryOnce(program, config, policy)
    faults = faults.filter((fault) =>
      again.some(({ rule, about }) => rule === fault.rule && about === fault.about),
    )
  }
  return faults
}

async function tryOnce(
  program: string,
  config: LeakConfig,
  policy: LeakPolicy,
): Promise<readonly LeakConfigFault[]> {
  const { found, allowed, foundWithoutExceptions } = exceptionTrials(config, policy)
  await using workshop = await openWorkshop()
  const plain = join(workshop.path, 'plain.toml')
  await writeFile(plain, '[extend]\nuseDefault = true\n')
  const ours = (trials: readonly Trial[]) => plantAndSplit(program, config.path, trials)
  const [leaks, exceptions, needed] = await Promise.all([
    ours([...ruleTrials(config, policy), ...found]),
    ours(allowed),
    plantAndSplit(program, plain, foundWithoutExceptions),
  ])
  const failed = [...leaks.missed, ...exceptions.found, ...needed.missed]
  return [...untested(config, policy), ...failed.map(({ fault }) => fault)]
}

/** How each rule is tried: the rules of gitleaks itself, and those of the configuration that are known or have a sample. */
function samplesFor({ rules }: LeakConfig, { samples }: LeakPolicy): Map<string, () => string> {
  const own = leakRules().filter(({ id }) => rules.includes(id))
  return new Map([
    ...[...KNOWN_SAMPLES].map(([rule, text]) => [rule, () => fillSample(text)] as const),
    ...own.map(({ id, sample }) => [id, sample] as const),
    ...Object.entries(samples).map(([rule, text]) => [rule, () => fillSample(text)] as const),
  ])
}

function ruleTrials(config: LeakConfig, policy: LeakPolicy): Trial[] {
  return [...samplesFor(config, policy)].map(([rule, create]) => ({
    planted: { rule, file: `${rule}.txt`, text: `${create()}\n` },
    fault: {
      rule: 'missed-secret',
      about: rule,
      why: `gitleaks does not find a fresh secret for its rule ${rule}`,
      fix: 'narrow the [[allowlists]] that covers it, or mend the rule',
    },
  }))
}

function exceptionTrials({ exceptions }: LeakConfig, policy: LeakPolicy): Trials {
  const samples = exceptions.flatMap(({ description }) => {
    const sample = ownEntry(policy.exceptions, description)
    return sample === undefined ? [] : [{ description, ...sample }]
  })
  const trial = (planted: PlantedText, about: string, fault: Omit<LeakConfigFault, 'about'>) => ({
    planted: { ...planted, text: fillSample(planted.text) },
    fault: { about, ...fault },
  })
  return {
    found: samples.flatMap(({ description, neighbours }) =>
      neighbours.map((planted) => trial(planted, description, WIDE)),
    ),
    allowed: samples.map(({ description, allowed }) => trial(allowed, description, IDLE)),
    foundWithoutExceptions: samples.map(({ description, allowed }) =>
      trial(allowed, description, NEEDLESS),
    ),
  }
}

const WIDE = {
  rule: 'wide-exception',
  why: 'the exception allows a leak that only looks like what it is for',
  fix: 'narrow it: targetRules, paths and regexes together, with condition = "AND"',
}

const IDLE = {
  rule: 'idle-exception',
  why: 'the exception does not allow what it is for',
  fix: 'mend it, or take it out with its sample',
}

const NEEDLESS = {
  rule: 'idle-exception',
  why: 'gitleaks reports nothing where the exception applies',
  fix: 'take it out with its sample, or mend the sample',
}

function ownEntry<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

function untested(config: LeakConfig, policy: LeakPolicy): LeakConfigFault[] {
  const samples = samplesFor(config, policy)
  const { rules, exceptions } = config
  return [
    ...rules
      .filter((rule) => !samples.has(rule))
      .map((rule) => ({
        rule: 'untested-rule',
        about: rule,
        why: `nothing shows that the rule ${rule} finds anything`,
        fix: `give it a text to find in gate.json: { "samples": { ${JSON.stringify(rule)}: "…{hex:32}" } }`,
      })),
    ...exceptions
      .filter(({ description }) => ownEntry(policy.exceptions, description) === undefined)
      .map(({ description }) => ({
        rule: 'untested-exception',
        about: description,
        why: 'nothing shows that the exception allows no more than it is for',
        fix: 'give it a description, and under that description a row in "exceptions" of gate.json',
      })),
  ]
}

async function plantAndSplit(program: string, config: string, trials: readonly Trial[]) {
  await using workshop = await openWorkshop()
  for (const { planted } of trials) {
    const path = join(workshop.path, planted.file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, planted.text)
  }
  const { leaks } = await findLeaks({ program, config }, 'folder', workshop.path)
  const isFound = ({ planted: { rule, file } }: Trial) =>
    leaks.some(({ RuleID, File }) => RuleID === rule && File === file)
  return {
    found: trials.filter(isFound),
    missed: trials.filter((trial) => !isFound(trial)),
  }
}

/**
 * Samples for the rules of gitleaks that stand for all it knows: the secrets that services use, and the ones that are leaked most.
 * Real ones would be found here, so each is made when it is needed, by `fillSample`.
 */
const KNOWN_SAMPLES: ReadonlyMap<string, string> = new Map([
  ['generic-api-key', 'api_key = "{wordless:64}"'],
  ...SECRET_FORMATS.flatMap(({ leakRule, sample }) =>
    leakRule === undefined ? [] : [[leakRule, sample] as const],
  ),
])
