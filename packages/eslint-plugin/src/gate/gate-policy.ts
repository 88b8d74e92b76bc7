import { jsonIn } from '@rekey/secret'
import { describeBrokenJson } from '@rekey/secret/internal'
import { z } from 'zod'
import { type PolicyBase, readAtBase } from './policy/policy-base.ts'
import { readWorkFile } from './work-tree.ts'

/** The file at the top of a repository that holds what the gate must know of it alone. */
const POLICY_FILE = 'gate.json'

const planted = z.strictObject({ rule: z.string(), file: z.string(), text: z.string() })

const policySchema = z.strictObject({
  lint: z.array(z.string()).min(1).default(['.']),
  pages: z.strictObject({ findings: z.string(), rules: z.string() }).optional(),
  scripts: z.record(z.string(), z.string()).default({}),
  suppressions: z.int().nonnegative().optional(),
  samples: z.record(z.string(), z.string()).default({}),
  exceptions: z
    .record(z.string(), z.strictObject({ allowed: planted, neighbours: z.array(planted).min(1) }))
    .default({}),
})

/** A text in a file, with placeholders as `fillSample` takes them, and the rule of gitleaks that it is about. */
export type PlantedText = z.infer<typeof planted>

/** The policy of one repository. */
export interface GatePolicy {
  /** The files and folders that are linted. Default: all. */
  readonly lint: readonly string[]
  /** Where the repository has pages about findings and about the rules of `@rekey/eslint-plugin`, for code scanning. */
  readonly pages?: { readonly findings: string; readonly rules: string } | undefined
  /** The approved scripts that npm runs when it installs the repository itself, by the place: `package.json#prepare`. */
  readonly scripts: Readonly<Record<string, string>>
  /** How many comments may switch rules of `@rekey` off. Default: any number. */
  readonly suppressions?: number | undefined
  /** By the id of a rule that `.gitleaks.toml` adds: a text that the rule must find. */
  readonly samples: Readonly<Record<string, string>>
  /** By the description of an exception in `.gitleaks.toml`: what it allows, and what looks like it and must be found. */
  readonly exceptions: Readonly<
    Record<string, { readonly allowed: PlantedText; readonly neighbours: readonly PlantedText[] }>
  >
}

/**
 * Reads `gate.json` at the top of a repository; without the file, everything has its default.
 *
 * @param base the commit that has the file that counts. Default: the work tree
 *
 * @throws {Error} that names each part that is wrong, and quotes none
 */
export async function readGatePolicy(root: string, base?: PolicyBase): Promise<GatePolicy> {
  const here = await readWorkFile(root, POLICY_FILE)
  const text = (base === undefined ? here : await readAtBase(root, base, POLICY_FILE)) ?? '{}'
  const read = policySchema.safeParse(parseJson(text))
  if (read.success) return read.data
  const faults = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Error(`${POLICY_FILE} is wrong: ${faults.join('; ')}`)
}

function parseJson(text: string): unknown {
  const value = jsonIn(text)
  if (value === undefined) throw new Error(`${POLICY_FILE} is ${describeBrokenJson(text)}`)
  return value
}
