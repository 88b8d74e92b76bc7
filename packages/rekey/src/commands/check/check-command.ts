import { resolve } from 'node:path'
import { DisposalStack } from '@rekey/secret'
import type { Command } from 'commander'
import { z } from 'zod'
import { loadDeployment } from '../../family/deployment.ts'
import type { CliContext, CommonFlags } from '../cli-context.ts'
import { familyFlag } from '../family-flag.ts'
import { jsonLine, printing } from '../json-output.ts'
import { common } from '../options.ts'
import { createPrinter } from '../printer.ts'
import { askAll, type CheckAnswer, RESULTS } from './ask-all.ts'
import { DEPLOYMENT_CHECKS } from './deployment-checks.ts'
import { DeploymentParts } from './deployment-parts.ts'

const CHECK_LINES = z.discriminatedUnion('type', [
  jsonLine('check', 'What one check found out about one thing.', {
    check: z.string().describe('a row of the list of checks'),
    subject: z.string().describe('a secret, a server, a replica, a place'),
    result: z.enum(RESULTS),
    message: z.string(),
  }),
  jsonLine('summary', 'The last line.', {
    ok: z.int(),
    failed: z.int(),
    notChecked: z.int(),
  }),
])

/** Defines `rekey check`. */
export function defineCheck(command: Command, context: CliContext): void {
  printing(common(command), CHECK_LINES, ['rekey check --family production.json']).action(
    (flags: CommonFlags) => checkDeployment(flags, context),
  )
}

/**
 * Asks everything that a rotation of this deployment will need, and changes nothing. Exits with 1 if anything fails; what could not be asked
 * is listed, and fails nothing.
 */
async function checkDeployment(flags: CommonFlags, context: CliContext): Promise<void> {
  const { signal, process } = context
  const { family, env } = await findDeployment(flags, context)
  const own = new DisposalStack()
  const parts = new DeploymentParts(family, { env, own, signal })
  const answers = await askAll(DEPLOYMENT_CHECKS, parts, signal).finally(() => own.dispose())
  const printer = createPrinter<typeof CHECK_LINES>(flags, context)
  for (const answer of answers) printer.line({ type: 'check', ...answer }, describe(answer))
  const count = (result: CheckAnswer['result']) =>
    answers.filter((answer) => answer.result === result).length
  const [ok, failed, notChecked] = [count('ok'), count('failed'), count('not checked')]
  printer.line(
    { type: 'summary', ok, failed, notChecked },
    `checks: ${ok} ok, ${failed} failed, ${notChecked} not checked`,
  )
  // A question that was given up may still wait for its answer.
  if (failed > 0) context.leaveBehind?.()
  if (failed > 0) process.exitCode = 1
}

async function findDeployment(flags: CommonFlags, context: CliContext) {
  const file = familyFlag(flags, context)
  if (file !== undefined) {
    return { family: await loadDeployment(resolve(context.cwd, file)), env: context.env }
  }
  const { findStack } = await import('../../family/stacks/stack-file.ts')
  // A stack names all that opens its store itself.
  return { family: await findStack(flags.stack, context.cwd), env: {} }
}

function describe({ check, subject, result, message }: CheckAnswer): string {
  return `${result.padEnd(12)}${check.padEnd(13)}${subject}: ${message}`
}
