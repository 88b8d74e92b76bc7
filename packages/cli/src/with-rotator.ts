import { loadDeployment } from '@rekey/family'
import type { RotationKind } from '@rekey/secret/kind'
import { openRotator, type Rotator } from '@rekey/family/rotator'
import { findStack } from '@rekey/family/stacks'
import { askOperator } from './ask-operator.ts'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { UsageError } from './failure.ts'

/**
 * Opens the rotator of the family or the stack that the flags name, and closes it after `work`. Only a family file, which is always
 * named, gets the environment: a stack names all that opens its store itself.
 */
export async function withRotator<T>(
  { stack, family, deadlineMs }: CommonFlags & { readonly deadlineMs?: number },
  context: CliContext,
  work: (rotator: Rotator) => Promise<T>,
): Promise<T> {
  const { env } = context
  const ask = (signal: AbortSignal) => askOperator(context, signal)
  const found =
    family === undefined ? await findStack(stack) : { ...(await loadDeployment(family)), env }
  const patience = deadlineMs === undefined ? {} : { deadlineMs }
  const rotator = await openRotator({ ...found, ...patience, ask })
  try {
    return await work(rotator)
  } finally {
    await rotator.close()
  }
}

/**
 * The kind of a secret that the command line names: `api-key frontend:signing`.
 *
 * @throws {UsageError} that lists what there is
 */
export function findKind({ kinds }: Rotator, title: string): RotationKind {
  const kind = kinds.get(title)
  if (kind !== undefined) return kind
  throw new UsageError(`there is no ${title}; there are: ${[...kinds.keys()].join(', ')}`)
}
