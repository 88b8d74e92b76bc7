import { chartValues, leastRights } from '../family/least-rights.ts'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { namedFamily } from './family-here.ts'
import { jsonLine, printing } from './json-output.ts'
import { createPrinter } from './printer.ts'

const RIGHTS_LINES = z.discriminatedUnion('type', [
  jsonLine('rights', 'The least rights of a service, or of the rotator.', {
    who: z.string(),
    text: z.string().describe('HCL for Vault, JSON for IAM and Kubernetes, SQL for PostgreSQL'),
  }),
  jsonLine('helm-values', 'With --helm-values: values of the Helm chart.', {
    rbac: z.object({ rules: z.array(z.custom<object>().describe('a PolicyRule')) }),
    journal: z.object({ secrets: z.array(z.string().describe('the name of a Secret')) }),
  }),
])

interface RightsFlags {
  /** The file that declares the family. Default: that of the working directory. */
  readonly family?: string
  /** Prints values of the chart `deploy/helm/rekey` in place of a Role. */
  readonly helmValues?: boolean
  readonly json?: boolean
}

/** Defines `rekey rights`. */
export function defineRights(command: Command, context: CliContext): void {
  printing(command, RIGHTS_LINES, [
    'rekey rights vault:secret/shop rotator',
    'rekey rights kubernetes:shop shop',
    'rekey rights postgres:main',
    'rekey rights audit:audit_writer',
  ])
    .argument(
      '<locator>',
      'the store: vault:MOUNT/PREFIX, aws:PREFIX, gcp:PROJECT, azure:VAULT or kubernetes:NAMESPACE',
    )
    .argument('[who]', 'a service, or rotator, in place of all')
    .option('--family <file>', 'the file that declares the family, in place of family.json here')
    .option(
      '--helm-values',
      'print the rights and the journal of the rotator as values of the Helm chart',
    )
    .action((locator: string, who: string | undefined, flags: RightsFlags) =>
      printRights(locator, who, flags, context),
    )
}

/**
 * Prints the least rights that each service of the family and its rotator need in a store, as the policies of
 * that store, or the role of the rotator at a PostgreSQL server. Contacts neither.
 */
async function printRights(
  locator: string,
  who: string | undefined,
  flags: RightsFlags,
  context: CliContext,
): Promise<void> {
  const { family } = await namedFamily(flags.family, context)
  const { line } = createPrinter<typeof RIGHTS_LINES>(flags, context)
  if (flags.helmValues) {
    checkChartScope(locator, who)
    const values = await chartValues(family)
    line({ type: 'helm-values', ...values }, JSON.stringify(values, undefined, 2))
    return
  }
  const all = await leastRights(family, locator)
  const wanted = all.filter((rights) => who === undefined || rights.who === who)
  if (wanted.length === 0) {
    const names = all.map((rights) => rights.who).join(', ')
    throw new UsageError(`the family has no service ${String(who)}; name one of: ${names}`)
  }
  const isCommented = wanted.length > 1
  for (const rights of wanted) {
    const { who: holder, text } = rights
    line({ type: 'rights', ...rights }, isCommented ? `# ${holder}\n${text}\n` : text)
  }
}

/** @throws {UsageError} for another store than Kubernetes, or a service */
function checkChartScope(locator: string, who = 'rotator'): void {
  if (locator.startsWith('kubernetes:') && who === 'rotator') return
  throw new UsageError(
    '--helm-values are those of the rotator in Kubernetes: rekey rights kubernetes:NAMESPACE --helm-values',
  )
}
