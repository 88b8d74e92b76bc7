import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { lintDefiners } from '@rekey/rekey'
import type { LintGrant } from '@rekey/rekey/internal'
import type { ESLint, Linter } from 'eslint'
import type { Finding } from '../finding.ts'

/** The lint rules that must be errors in every service. The rules about names alone are not among them. */
export const REQUIRED_RULES: readonly string[] = [
  '@rekey/min-key-length',
  '@rekey/no-expose-outside-boundary',
  '@rekey/no-hardcoded-secret',
  '@rekey/no-insecure-random',
  '@rekey/no-internal-import',
  '@rekey/no-raw-env',
  '@rekey/no-secret-fallback',
  '@rekey/no-secret-in-argv',
  '@rekey/no-secret-in-errors',
  '@rekey/no-secret-in-logs',
  '@rekey/no-secret-in-response',
  '@rekey/no-secret-in-telemetry',
  '@rekey/no-secret-widening',
  '@rekey/no-timing-unsafe-compare',
  '@rekey/require-startup-validation',
  '@rekey/service-access',
]

const ERROR = 2
const ACCESS_RULE = '@rekey/service-access'

/** The options that `service-access` must have, by the family. */
export interface AccessOptions {
  readonly grants: Readonly<Record<string, LintGrant>>
  /** The kind of secret that each function declares, by its name. */
  readonly definers: Readonly<Record<string, string>>
}

interface Configured {
  readonly file: string
  /** Nothing if the file is ignored. */
  readonly config: Linter.Config | undefined
}

/** A fault in the configuration for some of the files. */
interface Fault {
  readonly rule: string
  readonly files: readonly Configured[]
  readonly why: string
  readonly fix: string
}

/**
 * Whether the configuration has every rule of {@link REQUIRED_RULES} as an error for each of `files`, the code of one
 * service, and gives `service-access` there the grants and the definers of the family, if that could be read. A rule that is off finds nothing, and in a file that is ignored
 * nothing is found at all.
 */
export async function checkRequiredRules(
  eslint: ESLint,
  root: string,
  { files, access }: { files: readonly string[]; access: AccessOptions | undefined },
): Promise<Finding[]> {
  const reading = files.map(async (file): Promise<Configured> => {
    const config: unknown = await eslint.calculateConfigForFile(join(root, file))
    return { file, config: config as Linter.Config | undefined }
  })
  const all = await Promise.all(reading)
  const ignored = all.filter(({ config }) => config === undefined)
  const read = all.filter(({ config }) => config !== undefined)
  const drift = access && [otherGrants(read, access), otherDefiners(read, access)]
  return [{ ...IGNORED, files: ignored }, ...faultsOf(read), ...(drift ?? [])].flatMap(describe)
}

const IGNORED = {
  rule: 'rule-off',
  why: 'the linter does not look at it',
  fix: 'take it out of what eslint.config.js ignores',
}

function faultsOf(configured: readonly Configured[]): Fault[] {
  return REQUIRED_RULES.map((rule) => ({
    rule: 'rule-off',
    files: configured.filter(({ config }) => entryOf(config, rule)[0] !== ERROR),
    why: `${rule} is not an error there, so it guards nothing`,
    fix: `switch it on in eslint.config.js: { rules: { '${rule}': 'error' } }`,
  }))
}

function otherGrants(configured: readonly Configured[], { grants }: AccessOptions): Fault {
  return {
    rule: 'grants-drift',
    files: configured.filter(({ config }) => {
      const [severity, options] = entryOf(config, ACCESS_RULE)
      return severity === ERROR && !isDeepStrictEqual(options?.['grants'], grants)
    }),
    why: `${ACCESS_RULE} has other grants there than those of the family`,
    fix: "in eslint.config.js: ['error', { grants: lintGrants(family) }], with lintGrants of @rekey/rekey",
  }
}

/** The rule knows the functions of the built-in kinds without the option. */
const BUILT_IN = lintDefiners({})

function otherDefiners(configured: readonly Configured[], { definers }: AccessOptions): Fault {
  const differing = configured.map(({ file, config }) => {
    const [severity, options] = entryOf(config, ACCESS_RULE)
    const known = { ...BUILT_IN, ...(options?.['definers'] as AccessOptions['definers']) }
    const names = Object.keys({ ...known, ...definers })
    const differs = (name: string) => severity === ERROR && known[name] !== definers[name]
    return { file, config, names: names.filter(differs) }
  })
  const files = differing.filter(({ names }) => names.length > 0)
  return {
    rule: 'definers-drift',
    files,
    why: `${ACCESS_RULE} takes other functions for declarations of secrets there than the family: ${files[0]?.names.join(', ') ?? ''}`,
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

function describe({ rule, files: [first, ...others], why, fix }: Fault): Finding[] {
  if (first === undefined) return []
  const more = others.length === 0 ? '' : `; the same in ${others.length} more files of the service`
  return [{ check: 'lint', rule, where: { file: first.file }, why: `${why}${more}`, fix }]
}
