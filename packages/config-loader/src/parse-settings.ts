import type { z } from 'zod'
import type { EnvironmentVariables } from './environment.ts'
import type { Problem } from './startup-error.ts'

/** Settings, or everything that is wrong with them. */
export type SettingsResult<T> =
  | { readonly settings: T; readonly problems: readonly [] }
  | { readonly settings: undefined; readonly problems: readonly Problem[] }

/**
 * Reads the settings out of the environment by their schema. Zod's issues hold no input unless asked (`reportInput`), and
 * it is not asked, so the problems hold no values.
 */
export function parseSettings<Schema extends z.ZodObject>(
  schema: Schema,
  env: EnvironmentVariables,
): SettingsResult<z.output<Schema>> {
  const result = schema.safeParse(env)
  if (result.success) return { settings: result.data, problems: [] }
  return { settings: undefined, problems: result.error.issues.map((i) => toProblem(i, env)) }
}

function toProblem(issue: z.core.$ZodIssue, env: EnvironmentVariables): Problem {
  const key = issue.path.map(String).join('.')
  const absent = env[key] === undefined
  return {
    key,
    code: absent ? 'missing' : 'malformed',
    rule: absent ? 'required' : issue.message,
    source: 'env',
    remedy: absent ? `set ${key}` : `correct ${key}`,
  }
}
