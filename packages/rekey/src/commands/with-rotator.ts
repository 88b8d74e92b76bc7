import { resolve } from 'node:path'
import { loadDeployment } from '../family/deployment.ts'
import { openRotator, type Rotator } from '../family/rotator/open-rotator.ts'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { inTraceOf } from './engine.ts'
import { familyFlag } from './family-flag.ts'
import { findPerson } from './person.ts'
import { Secret, SecretError } from '@rekey/secret'

/** The flags that decide which rotator is opened, and how long it waits for which replicas. */
type RotatorFlags = CommonFlags & {
  readonly deadlineMs?: number
  readonly without?: readonly string[]
  readonly compromised?: boolean
}

/**
 * Opens the rotator of the family or the stack that the flags name, and closes it after `work`. Only a family file, which is always
 * named, gets the environment: a stack names all that opens its store itself.
 */
export async function withRotator<T>(
  { deadlineMs, without, compromised: isEmergency = false, ...flags }: RotatorFlags,
  context: CliContext,
  work: (rotator: Rotator) => Promise<T>,
): Promise<T> {
  const { env } = context
  const ask = (signal: AbortSignal) => askOperator(context, signal)
  const family = familyFlag(flags, context)
  const found =
    family === undefined
      ? await (await import('../family/stacks/stack-file.ts')).findStack(flags.stack, context.cwd)
      : { ...(await loadDeployment(resolve(context.cwd, family))), env }
  const patience = { ...(deadlineMs !== undefined && { deadlineMs }), ...(without && { without }) }
  const person = await findPerson(context)
  const rotator = await openRotator({ ...found, ...patience, ask, person, isEmergency })
  try {
    return await inTraceOf(context.env, () => work(rotator))
  } finally {
    await rotator.close()
  }
}

/** No secret of a provider is longer, and a file that was piped by mistake is not read to its end. */
const MAX_BYTES = 65_536

/**
 * Reads a secret that an operator pipes into this process. An argument or a variable would be seen by others on the machine.
 *
 * @param how the command that takes it, for the error
 * @throws {SecretError} `refused` if stdin is a terminal, which would show it; `malformed` if it is empty or longer than 64 KiB
 */
export async function askOperator(
  { process: { stdin } }: Pick<CliContext, 'process'>,
  signal: AbortSignal,
  how = 'rekey rotate oidc-client SERVICE < FILE',
): Promise<Secret> {
  const chunks = stdin?.[Symbol.asyncIterator]?.bind(stdin)
  if (stdin?.isTTY || chunks === undefined) {
    throw new SecretError('refused', `the secret is read from stdin: pipe it in, as in: ${how}`)
  }
  const text = await readLimited({ [Symbol.asyncIterator]: chunks }, signal)
  const remedy = 'pipe in the new secret, and nothing else'
  if (text.trim() === '') throw new SecretError('malformed', `stdin is empty: ${remedy}`)
  return Secret.of(text.trim(), 'the pasted secret')
}

async function readLimited(
  chunks: AsyncIterable<Uint8Array | string>,
  signal: AbortSignal,
): Promise<string> {
  const read: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    read.push(Buffer.from(chunk))
    bytes += chunk.length
    if (bytes > MAX_BYTES) {
      throw new SecretError('malformed', 'stdin is longer than 64 KiB: pipe in the secret alone')
    }
  }
  return Buffer.concat(read).toString('utf8')
}
