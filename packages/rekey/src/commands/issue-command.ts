import { KINDS } from '../family/all-kinds.ts'
import { kindsOf, type KindTable } from '../family/kinds.ts'
import type { Secret } from '@rekey/secret'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { familyHere } from './family-here.ts'
import { jsonLine, printing, secretName } from './json-output.ts'
import { openPlaces, placed, type PlaceFlags, storable } from './place-value.ts'
import { createPrinter } from './printer.ts'

const LINES = jsonLine('issued', 'A place that has a new value.', {
  kind: z.string(),
  secret: secretName,
  name: z.string().describe('in the store and in .env'),
  path: z.string(),
  nonProduction: z.boolean(),
})

interface IssueFlags extends PlaceFlags {
  readonly production?: boolean
  readonly json?: boolean
}

/** Defines `rekey issue`. */
export function defineIssue(command: Command, context: CliContext): void {
  printing(storable(placed(command)), LINES, [
    'rekey issue api-key shop:stock --env services/shop/.env --env services/stock/.env',
    'rekey issue oidc-client shop --production --out /run/new-secret',
    'rekey issue api-key shop:stock --production --store vault:secret/shop',
  ])
    .argument('<kind>', 'api-key, oidc-client, integration, ca-passphrase, or one of the family')
    .argument('<secret>', 'SENDER:RECEIVER, SERVICE or SERVICE:NAME, as its kind demands')
    .option('--production', 'without the mark of development')
    .action((kind: string, secret: string, flags: IssueFlags) =>
      issueSecret({ kind, secret }, flags, context),
    )
}

/**
 * Issues a value into files of mode 0600, or through a pipe. A `.env` that has the name already stays as it is.
 *
 * @throws {UsageError} for a kind or secret that is none, and where the value would appear on a terminal
 */
async function issueSecret(
  wanted: { readonly kind: string; readonly secret: string },
  flags: IssueFlags,
  context: CliContext,
): Promise<void> {
  const found = await familyHere(context)
  const { name, issue } = issuerOf(
    wanted,
    found ? new Map([...KINDS, ...kindsOf(found.family)]) : KINDS,
  )
  const places = await openPlaces(name, flags, context)
  if (places.paths.length === 0 && flags.json === true) {
    throw new UsageError('--json prints no value: give --env FILE or --out FILE with it')
  }
  const nonProduction = flags.production !== true
  await places.place(issue(nonProduction))
  const { line } = createPrinter<typeof LINES>(flags, context)
  for (const path of places.paths) {
    const use = nonProduction ? 'development, which production refuses' : 'production'
    line(
      { type: 'issued', ...wanted, name, path, nonProduction },
      `${path} has a value for ${name} (${use})`,
    )
  }
}

/**
 * Finds what issues the values of a secret, and its name in the store.
 *
 * @throws {UsageError} for a kind that is none or issues no value, and for parties that it does not have
 */
export function issuerOf({ kind, secret }: { kind: string; secret: string }, kinds: KindTable) {
  const known = kinds.get(kind)
  const issuing = [...kinds.values()].filter((one) => one.issue !== undefined)
  if (known?.issue === undefined) {
    const names = issuing.map((one) => one.kind).join(', ')
    throw new UsageError(
      `values of ${known === undefined ? 'that kind' : known.kind} are not issued here; name one of: ${names}`,
    )
  }
  const parties = secret.split(':')
  if (parties.length !== known.parties.length || parties.includes('')) {
    const form = known.parties.join(':').toUpperCase()
    throw new UsageError(`${known.kind} needs ${form}: rekey issue ${known.kind} ${form}`)
  }
  const name = known.storeName(...parties)
  return {
    name,
    issue: (nonProduction: boolean): Secret => {
      const value = known.issue?.(name, { nonProduction })
      if (value === undefined) throw new TypeError('the kind issues no value')
      return value
    },
  }
}
