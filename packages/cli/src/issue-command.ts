import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { KINDS, kindsOf, type KindTable } from '@rekey/family'
import type { Secret } from '@rekey/secret'
import {
  errnoOf,
  fileError,
  type FileMeanings,
  replaceFile,
  writeNewFile,
} from '@rekey/secret/files'
import { type Command, Option } from 'commander'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { familyHere } from './family-here.ts'
import { createPrinter } from './printer.ts'

interface IssueFlags {
  readonly env: readonly string[]
  readonly out?: string
  readonly production?: boolean
  readonly json?: boolean
}

/** Adds `rekey issue`. */
export function addIssue(program: Command, context: CliContext): void {
  program
    .command('issue')
    .description('issue a first value of a secret, for development unless --production is given')
    .argument('<kind>', 'api-key, oidc-client, integration, ca-passphrase, or one of the family')
    .argument('<secret>', 'SENDER:RECEIVER, SERVICE or SERVICE:NAME, as its kind demands')
    .addOption(
      new Option('--env <file>', 'add it to this .env file; can be repeated for each holder')
        .argParser((value: string, all: readonly string[]) => [...all, value])
        .default([]),
    )
    .addOption(new Option('--out <file>', 'make this file with the value alone').conflicts('env'))
    .option('--production', 'without the mark of development')
    .option('--json', 'print JSON, one object a line')
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
  const { name, issue } = issuerOf(wanted, found ? kindsOf(found.family) : KINDS)
  const toPipe = flags.env.length === 0 && flags.out === undefined
  if (toPipe && (context.process.stdout.isTTY === true || flags.json === true)) {
    throw new UsageError('a value is not printed here: give --env FILE or --out FILE, or pipe it')
  }
  const paths = [...flags.env, ...(flags.out === undefined ? [] : [flags.out])]
  const places = paths.map((path) => resolve(context.cwd, path))
  const before = await Promise.all(flags.env.map((_, at) => readEnv(places[at] ?? '', name)))
  const nonProduction = flags.production !== true
  const value = issue(nonProduction)
  if (toPipe) context.process.stdout.write(value.expose())
  if (flags.out !== undefined) {
    const [out = ''] = places
    await writeNewFile(out, value.expose()).catch((error: unknown) => {
      throw fileError(error, out, OUT_MEANINGS)
    })
  }
  for (const [at, text] of before.entries()) {
    await replaceFile(places[at] ?? '', `${text}${name}=${value.expose()}\n`)
  }
  const { line } = createPrinter(flags, context)
  for (const path of places) {
    const use = nonProduction ? 'development, which production refuses' : 'production'
    line({ ...wanted, name, path, nonProduction }, `${path} has a value for ${name} (${use})`)
  }
}

const OUT_MEANINGS: FileMeanings = {
  EEXIST: ['conflict', 'is there already: name a file that is not'],
}

/** @throws {UsageError} */
function issuerOf({ kind, secret }: { kind: string; secret: string }, kinds: KindTable) {
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

/** The text of a `.env` file, to be continued. @throws {UsageError} if it has the name */
async function readEnv(path: string, name: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return ''
    throw fileError(error, path)
  })
  if (new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`, 'm').test(text)) {
    throw new UsageError(`${path} has ${name} already: remove the line first, or rotate the secret`)
  }
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
