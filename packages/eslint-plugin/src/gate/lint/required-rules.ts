import { isDeepStrictEqual } from 'node:util'
import { lintDefiners } from '@rekey/rekey'
import type { LintGrant } from '@rekey/rekey/internal'
import type { Linter } from 'eslint'
import { errorsOf } from '../../configs.ts'
import type { Finding } from '../finding.ts'
import { type ConfiguredFiles, type PlantingLinter } from './planted-leaks.ts'

/** The lint rules that must be errors in all code that uses no family. The rules about names alone are not among them. */
export const REQUIRED_ANYWHERE = errorsOf('recommended')

/** The lint rules that must be errors in every service. */
export const REQUIRED_RULES = errorsOf('rekey')

const ERROR = 2
const ACCESS_RULE = '@rekey/service-access'

/** The options that `service-access` must have, by the family. */
export interface AccessOptions {
  readonly grants: Readonly<Record<string, LintGrant>>
  /** The kind of secret that each function declares, by its name. */
  readonly definers: Readonly<Record<string, string>>
}

/** Code, and the rules that must be errors there. */
export interface RequiredThere {
  readonly files: readonly string[]
  readonly rules: readonly string[]
  /** Absent where no family decides. */
  readonly access: AccessOptions | undefined
}

/** A fault in the configuration for some of the files. */
interface Fault {
  readonly rule: string
  readonly files: readonly string[]
  readonly why: string
  readonly fix: string
}

/**
 * Whether each of `rules` works in each of `files`: the configuration must have it as an error, and it must report every leak that is planted
 * there, once for each configuration. `service-access` must have the grants and the definers of the family, if that could be read.
 */
export async function checkRequiredRules(
  linter: PlantingLinter,
  { files, rules, access }: RequiredThere,
): Promise<Finding[]> {
  const groups = await linter.group(files)
  const read = groups.filter(({ config }) => config !== undefined)
  const ignored = groups
    .filter(({ config }) => config === undefined)
    .flatMap((group) => group.files)
  const missed: Fault[] = []
  for (const group of read) missed.push(...(await missedIn(linter, group, rules)))
  const drift = access && [otherGrants(read, access), otherDefiners(read, access)]
  return [
    { ...IGNORED, files: ignored },
    ...switchedOff(read, rules),
    ...missed,
    ...(drift ?? []),
  ].flatMap(describe)
}

const IGNORED = {
  rule: 'rule-off',
  why: 'the linter does not look at it',
  fix: 'take it out of what eslint.config.js ignores',
}

function switchedOff(groups: readonly ConfiguredFiles[], rules: readonly string[]): Fault[] {
  const isOff = ({ config }: ConfiguredFiles, rule: string) => entryOf(config, rule)[0] !== ERROR
  const bare = groups.filter((group) => rules.every((rule) => isOff(group, rule)))
  const others = groups.filter((group) => !bare.includes(group))
  return [
    { ...BARE, files: bare.flatMap(({ files }) => files) },
    ...rules.map((rule) => ({
      rule: 'rule-off',
      files: others.filter((group) => isOff(group, rule)).flatMap(({ files }) => files),
      why: `${rule} is not an error there, so it guards nothing`,
      fix: `switch it on in eslint.config.js: { rules: { '${rule}': 'error' } }`,
    })),
  ]
}

const BARE = {
  rule: 'rule-off',
  why: 'no required rule is an error there',
  fix: "in eslint.config.js: import rekey from '@rekey/eslint-plugin', and ...rekey.configs.recommended; of services ...rekey.configs.rekey",
}

/** A rule that is switched on finds nothing where its plugin is another, a processor hides the code, or an option excepts everything. */
async function missedIn(
  linter: PlantingLinter,
  { config, files }: ConfiguredFiles,
  rules: readonly string[],
): Promise<Fault[]> {
  const on = rules.filter((rule) => entryOf(config, rule)[0] === ERROR)
  if (on.length === 0) return []
  const missed = await linter.findMissed(files, on)
  const blind = on.filter((rule) => missed.some((leak) => leak.rule === rule))
  if (blind.length === rules.length) return [{ ...BLIND, files }]
  return blind.map((rule) => {
    const [leak, ...others] = missed.filter((other) => other.rule === rule)
    const more = others.length === 0 ? '' : ` and ${others.length} like it`
    return {
      rule: 'missed-leak',
      files,
      why: `${rule} is an error there, and does not report the planted leak ${leak?.shown ?? ''}${more}`,
      fix: `look in eslint.config.js for an option of ${rule} that excepts it, and for a plugin under the name @rekey that is not @rekey/eslint-plugin`,
    }
  })
}

const BLIND = {
  rule: 'missed-leak',
  why: 'every required rule is an error there, and none reports the leaks that are planted',
  fix: 'look in eslint.config.js for a processor or a parser that hides the code, and for a plugin under the name @rekey that is not @rekey/eslint-plugin',
}

function otherGrants(groups: readonly ConfiguredFiles[], { grants }: AccessOptions): Fault {
  const differs = ({ config }: ConfiguredFiles) => {
    const [severity, options] = entryOf(config, ACCESS_RULE)
    return severity === ERROR && !isDeepStrictEqual(options?.['grants'], grants)
  }
  return {
    rule: 'grants-drift',
    files: groups.filter(differs).flatMap(({ files }) => files),
    why: `${ACCESS_RULE} has other grants there than those of the family`,
    fix: "in eslint.config.js: ['error', { grants: lintGrants(family) }], with lintGrants of @rekey/rekey",
  }
}

/** The rule knows the functions of the built-in kinds without the option. */
const BUILT_IN = lintDefiners({})

function otherDefiners(groups: readonly ConfiguredFiles[], { definers }: AccessOptions): Fault {
  const differing = groups.map(({ files, config }) => {
    const [severity, options] = entryOf(config, ACCESS_RULE)
    const known = { ...BUILT_IN, ...(options?.['definers'] as AccessOptions['definers']) }
    const names = Object.keys({ ...known, ...definers })
    const differs = (name: string) => severity === ERROR && known[name] !== definers[name]
    return { files, names: names.filter(differs) }
  })
  const found = differing.filter(({ names }) => names.length > 0)
  return {
    rule: 'definers-drift',
    files: found.flatMap(({ files }) => files),
    why: `${ACCESS_RULE} takes other functions for declarations of secrets there than the family: ${found[0]?.names.join(', ') ?? ''}`,
    fix: "in eslint.config.js: ['error', { grants: lintGrants(family), definers: lintDefiners(family) }], with lintDefiners of @rekey/rekey",
  }
}

function entryOf(
  config: Linter.Config | undefined,
  rule: string,
): readonly [severity?: unknown, options?: Readonly<Record<string, unknown>>] {
  const entry: unknown = config?.rules?.[rule]
  return Array.isArray(entry) ? (entry as []) : [entry]
}

function describe({ rule, files, why, fix }: Fault): Finding[] {
  const [first, ...others] = [...files].sort()
  if (first === undefined) return []
  const more = others.length === 0 ? '' : `; the same in ${others.length} more files`
  return [{ check: 'lint', rule, where: { file: first }, why: `${why}${more}`, fix }]
}
