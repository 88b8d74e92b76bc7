import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ESLint, Linter } from 'eslint'
import type { Finding } from '../finding.ts'
import { lintGrants } from '../lint-grants.ts'
import { POLICY, REQUIRED_RULES } from '../policy.ts'

const ERROR = 2
const ACCESS_RULE = '@rekey/service-access'

interface Configured {
  readonly file: string
  /** Nothing if the file is ignored. */
  readonly config: Linter.Config | undefined
}

/** What is wrong with the configuration for some of the files. */
interface Fault {
  readonly rule: string
  readonly files: readonly Configured[]
  readonly why: string
  readonly fix: string
}

/**
 * Whether the configuration has every rule of {@link REQUIRED_RULES} as an error for each of `files`, the code of one
 * service, and grants it there what the policy grants. A rule that is off finds nothing, and in a file that is ignored
 * nothing is found at all.
 */
export async function checkRequiredRules(
  eslint: ESLint,
  root: string,
  files: readonly string[],
): Promise<Finding[]> {
  const read = files.map(async (file): Promise<Configured> => {
    const config: unknown = await eslint.calculateConfigForFile(join(root, file))
    return { file, config: config as Linter.Config | undefined }
  })
  const all = await Promise.all(read)
  const ignored = all.filter(({ config }) => config === undefined)
  const faults = faultsOf(all.filter(({ config }) => config !== undefined))
  return [{ ...IGNORED, files: ignored }, ...faults].flatMap(describe)
}

const IGNORED = {
  rule: 'rule-off',
  why: 'the linter does not look at it',
  fix: 'take it out of what eslint.config.js ignores',
}

function faultsOf(configured: readonly Configured[]): Fault[] {
  const grants = lintGrants(POLICY)
  return [
    ...REQUIRED_RULES.map((rule) => ({
      rule: 'rule-off',
      files: configured.filter(({ config }) => entryOf(config, rule)[0] !== ERROR),
      why: `${rule} is not an error there, so it guards nothing`,
      fix: `switch it on in eslint.config.js: { rules: { '${rule}': 'error' } }`,
    })),
    {
      rule: 'grants-drift',
      files: configured.filter(({ config }) => {
        const [severity, options] = entryOf(config, ACCESS_RULE)
        return severity === ERROR && !isDeepStrictEqual(options?.['grants'], grants)
      }),
      why: `${ACCESS_RULE} is told there of other grants than those of the policy`,
      fix: "in eslint.config.js: ['error', { grants: lintGrants(POLICY) }], both from tools/gate",
    },
  ]
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
