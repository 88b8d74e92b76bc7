import { namesReadByRotator, rotatedNames, secretsOf } from '../family/family-secrets.ts'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { familyHere } from './family-here.ts'
import { jsonLine, printing, secretName } from './json-output.ts'
import { createPrinter } from './printer.ts'
import { openPlaceInStore } from './place-in-store.ts'
import { askOperator } from './with-rotator.ts'

const LINES = jsonLine('imported', 'A secret that is in the store now.', {
  name: secretName,
  store: z.string().describe('its locator'),
})

interface ImportFlags {
  readonly store: string
  readonly json?: boolean
}

/** Defines `rekey import`. */
export function defineImport(command: Command, context: CliContext): void {
  printing(command, LINES, ['rekey import DATABASE_SHOP --store vault:secret/shop'])
    .argument('<name>', 'its name in the store, such as DATABASE_FRONTEND')
    .requiredOption('--store <locator>', 'the store, such as vault:secret/shop')
    .action((name: string, flags: ImportFlags) => importSecret(name, flags, context))
}

/**
 * Creates a secret in the form that a rotation can change: the URL of a login, a credential at a provider, a passphrase in a file.
 *
 * @throws {UsageError} for a name that the family here does not have, and for a secret that is there
 * @throws {SecretError} `refused` if standard input is a terminal, `malformed` if it is empty, and what the store throws
 */
async function importSecret(name: string, flags: ImportFlags, context: CliContext): Promise<void> {
  const { store } = flags
  await checkName(name, context)
  const place = await openPlaceInStore(name, store, context)
  const how = `rekey import ${name} --store ${store} < FILE`
  await place.place(await askOperator(context, context.signal, how))
  const { line } = createPrinter<typeof LINES>(flags, context)
  line({ type: 'imported', name, store }, `${store} has ${name}`)
}

/** A misspelt name would be a secret without a reader. @throws {UsageError} */
async function checkName(name: string, context: CliContext): Promise<void> {
  const found = await familyHere(context)
  if (found === undefined) return
  const { family } = found
  const held = secretsOf(family).map((secret) => secret.name)
  const known = new Set([...held, ...rotatedNames(family), ...namesReadByRotator(family)])
  if (known.has(name)) return
  throw new UsageError(`the family has no ${name}; name one of: ${[...known].join(', ')}`)
}
