import { resolve } from 'node:path'
import type { AuditPlace, Checkpoint } from '@rekey/audit-log/internal'
import { parseCheckpoint } from '@rekey/audit-log'
import { type Deployment, loadDeployment } from '../../family/deployment.ts'
import {
  openAuditDatabase,
  type OpenedAuditPlace,
  openAuditPlace,
} from '../../family/rotator/open-audit-place.ts'
import type { Family } from '../../family/schema.ts'
import { findStack } from '../../family/stacks/stack-file.ts'
import { fileError, readRegularFile } from '@rekey/secret/internal/files'
import type { Command } from 'commander'
import type { CliContext, CommonFlags } from '../cli-context.ts'
import { UsageError } from '../failure.ts'
import { familyFlag } from '../family-flag.ts'
import { collect, common } from '../options.ts'

/** Flags of the commands that read an audit log. */
export interface AuditPlaceFlags extends CommonFlags {
  readonly checkpoint?: readonly string[]
  readonly databaseVariable?: string
}

/** Adds the place of an audit log, in place of that of a family, and the checkpoints that it is verified by. */
export function addAuditPlace(command: Command): Command {
  return common(command)
    .argument('[directory]', 'the directory of the log, in place of the one that the family names')
    .option('--checkpoint <file>', 'a checkpoint that was kept elsewhere; may be repeated', collect)
    .option(
      '--database-variable <variable>',
      'in place of a directory: which environment variable holds the URL of the PostgreSQL database with the log',
    )
}

/** An audit log that a command reads or writes. */
export interface FoundAudit extends AsyncDisposable {
  readonly place: AuditPlace
  /** For messages. */
  readonly name: string
  /** Whether the family is known not to be in production: a log that is named without its family may be. */
  readonly nonProduction: boolean
  /** Absent for a log that is named without its family. */
  readonly family?: Family
}

/**
 * Finds the audit log that is named, or that of the family or the running stack.
 *
 * @throws {UsageError} for two places
 * @throws {SecretError} `missing`, `malformed` for the URL of a database
 */
export async function findAudit(
  directory: string | undefined,
  flags: AuditPlaceFlags,
  context: CliContext,
): Promise<FoundAudit> {
  const { opened, family } = await openNamed(directory, flags, context)
  const { place } = opened
  const close = () => opened[Symbol.asyncDispose]()
  const nonProduction = family !== undefined && family.environment !== 'production'
  const found = { nonProduction, [Symbol.asyncDispose]: close, ...(family && { family }) }
  if ('database' in place) return { place, name: 'the database of the audit log', ...found }
  const path = resolve(context.cwd, place.directory)
  return { place: { directory: path }, name: path, ...found }
}

interface NamedPlace {
  readonly opened: OpenedAuditPlace
  /** Absent for a log that is named without one. */
  readonly family?: Deployment
}

async function openNamed(
  directory: string | undefined,
  { databaseVariable, ...flags }: AuditPlaceFlags,
  context: CliContext,
): Promise<NamedPlace> {
  const { env, cwd } = context
  if (databaseVariable !== undefined) {
    if (directory === undefined) return { opened: await openAuditDatabase(databaseVariable, env) }
    throw new UsageError('name a directory or --database-variable, not both')
  }
  if (directory !== undefined) {
    return {
      opened: { place: { directory }, [Symbol.asyncDispose]: () => Promise.resolve() },
    }
  }
  // A stack names all that opens its store itself.
  const family = familyFlag(flags, context)
  const found =
    family === undefined ? await findStack(flags.stack, cwd) : await loadDeployment(family)
  const opened = await openAuditPlace(found, family === undefined ? {} : env)
  return { opened, family: found }
}

/** Reads checkpoints. @throws {SecretError} `missing`, `malformed` or `rejected` for one that was changed */
export function readCheckpoints(
  { checkpoint = [] }: AuditPlaceFlags,
  { cwd }: CliContext,
): Promise<Checkpoint[]> {
  const read = checkpoint.map(async (name) => {
    const path = resolve(cwd, name)
    const text = await readRegularFile(path).catch((error: unknown) => {
      throw fileError(error, path)
    })
    return parseCheckpoint(text)
  })
  return Promise.all(read)
}
