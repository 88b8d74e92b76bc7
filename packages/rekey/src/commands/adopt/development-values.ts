import { join } from 'node:path'
import { KINDS } from '../../family/all-kinds.ts'
import type { CliContext } from '../cli-context.ts'
import { issuerOf } from '../issue-command.ts'
import { namesInEnv, openPlaces } from '../place-value.ts'
import type { Adoption } from './plan-adoption.ts'

/** A development value of an adopted secret, and what became of it. */
interface DevelopmentValue {
  readonly name: string
  /** Relative to the top of the repository. */
  readonly path: string
  readonly outcome: 'written' | 'new' | 'kept as it is'
}

/**
 * Issues a value with the mark of development for each adopted secret whose kind issues values, into the `.env` of the service. A value that
 * is there is kept.
 *
 * @param isWriting without, nothing is written
 * @throws {SecretError} if the file cannot be read or written
 */
export async function issueDevelopmentValues(
  { service, secrets }: Adoption,
  isWriting: boolean,
  context: CliContext,
): Promise<readonly DevelopmentValue[]> {
  const path = join('services', service, '.env')
  const present = await namesInEnv(join(context.cwd, path))
  const values: DevelopmentValue[] = []
  for (const { kind, parties, name } of secrets) {
    if (KINDS.get(kind)?.issue === undefined) continue
    const isThere = present.has(name)
    if (isWriting && !isThere) {
      const places = await openPlaces(name, { env: [path] }, context)
      await places.place(issuerOf({ kind, secret: parties.join(':') }, KINDS).issue(true))
    }
    const made = isWriting ? 'written' : 'new'
    values.push({ name, path, outcome: isThere ? 'kept as it is' : made })
  }
  return values
}
