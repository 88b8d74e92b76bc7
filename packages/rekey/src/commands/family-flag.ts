import type { CliContext, CommonFlags } from './cli-context.ts'

/** The variable that names the family file where no flag names a family or a stack. */
const VARIABLE = 'REKEY_FAMILY'

/** Returns the family file that is named: by `--family`, or by the variable where no stack is named. */
export function familyFlag(
  { family, stack }: Pick<CommonFlags, 'family' | 'stack'>,
  { env }: Pick<CliContext, 'env'>,
): string | undefined {
  if (family !== undefined || stack !== undefined) return family
  return env[VARIABLE] === '' ? undefined : env[VARIABLE]
}
