import { printableText } from '@rekey/secret/internal'
import { Command, InvalidArgumentError, Option } from 'commander'
import { addAuditCommands } from './audit/audit-command.ts'
import { addInit } from './adopt/init-command.ts'
import { addCa } from './ca/ca-program.ts'
import type { CliContext, WaitingFlags } from './cli-context.ts'
import { addCompletion } from './completion.ts'
import { addConsole } from './console-command.ts'
import { addController } from '../controller/controller-command.ts'
import { addDatabase } from './db-adopt.ts'
import { UsageError } from './failure.ts'
import { addFamilyCheck } from './family-check.ts'
import { addImport } from './import-command.ts'
import { addIssue } from './issue-command.ts'
import { printing } from './json-output.ts'
import { addLeaks } from './leaks/leaks-command.ts'
import { collect, common, toCount, toMilliseconds, waiting } from './options.ts'
import { addPreview } from './preview-command.ts'
import { addHelp } from './program-help.ts'
import { addSchema } from './schema-command.ts'
import { ROLLBACK_LINES, ROTATE_LINES } from './rotation-lines.ts'
import { type DueFlags, planDue, rotateDue } from './rotate-due.ts'
import {
  planSecret,
  type RollBackFlags,
  rollBackSecret,
  type RotateFlags,
  rotateSecret,
} from './rotate-command.ts'
import { showStatus, STATUS_LINES, type StatusFlags } from './status-command.ts'
import { SWEEP_LINES, sweepAll, sweepSecret } from './sweep-command.ts'
import { DOCTOR_LINES, type DoctorFlags, examineService } from './doctor-command.ts'
import { GENERATE_LINES, type GenerateFlags, generateServiceFiles } from './generate-command.ts'
import { printRights, RIGHTS_LINES, type RightsFlags } from './rights-command.ts'
import { addRunbook } from './runbook-command.ts'
import { RUN_LINES, type RunFlags, runWithSecrets } from './run-command.ts'

/** The command line: what rotates works on a running stack or a deployment, `ca` on a keystore, the rest on a service definition. */
export function createProgram(context: CliContext): Command {
  const program = new Command('rekey')
    .description('Rotate the secrets of a family of services, and show their status.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.process.stdout.write(text),
      // It repeats the words that it does not know.
      writeErr: (text) => context.process.stderr.write(printableText(text)),
    })
    .showHelpAfterError('(see rekey --help)')
  addRotate(program, context)
  addRollBack(program, context)
  addSweep(program, context)
  addStatus(program, context)
  addPreview(program, context)
  addController(program, context)
  addConsole(program, context)
  addLeaks(program, context)
  addAuditCommands(program, context)
  addDatabase(program, context)
  addServiceCommands(program, context)
  addInit(program, context)
  addFamilyCheck(program, context)
  addRunbook(program, context)
  addIssue(program, context)
  addImport(program, context)
  addCa(program, context)
  addSchema(program, context)
  addCompletion(program, context)
  addHelp(program)
  return program
}

function withoutReplica(): Option {
  const what =
    'go on without a replica that does not answer, by its health URL or host:port; may be repeated'
  return new Option('--without <replica>', what).argParser(collect)
}

const ONLY_WITH_DUE = { policy: '--policy', atOnce: '--at-once' } as const

type AllRotateFlags = RotateFlags & DueFlags & { readonly due?: boolean; readonly plan?: boolean }

function addRotate(program: Command, context: CliContext): void {
  printing(waiting(program.command('rotate')), ROTATE_LINES)
    .description('rotate one secret, or go on with a rotation that was interrupted')
    .argument('[kind]', KIND)
    .argument('[secret]', SECRET)
    .addOption(
      new Option('--due', 'rotate every secret that is due').conflicts([
        ...['compromised', 'closeStrangers', 'request', 'without', 'fromJournal'],
      ]),
    )
    .option('--plan', 'show what would be done, and change nothing')
    .option('--compromised', 'the secret has leaked: no grace for what still uses it')
    .option('--close-strangers', 'close each login of the owner role that the store does not name')
    .option('--request <key>', 'asked again with the same key, nothing is done twice', toRequest)
    .addOption(withoutReplica())
    .option('--from-journal <name>', FROM_JOURNAL)
    .option('--policy <file>', 'with --due: when the secrets of a kind are due')
    .option(
      '--at-once <n>',
      'with --due: how many secrets of different services are rotated side by side, one otherwise',
      toCount,
    )
    .action((kind: string | undefined, secret: string | undefined, flags: AllRotateFlags) => {
      if (flags.due) {
        if (kind !== undefined) throw new UsageError('name a secret or --due, not both')
        return flags.plan ? planDue(flags, context) : rotateDue(flags, context)
      }
      for (const option of ['policy', 'atOnce'] as const) {
        if (flags[option] !== undefined)
          throw new UsageError(`${ONLY_WITH_DUE[option]} goes with --due`)
      }
      const title = titleOf(kind, secret, 'rotate KIND SECRET, or rotate --due')
      return flags.plan ? planSecret(title, flags, context) : rotateSecret(title, flags, context)
    })
}

function addRollBack(program: Command, context: CliContext): void {
  printing(waiting(program.command('rollback')), ROLLBACK_LINES)
    .description('take an open rotation back to where it began')
    .argument('<kind>', KIND)
    .argument('<secret>', SECRET)
    .addOption(withoutReplica())
    .option('--from-journal <name>', FROM_JOURNAL)
    .action((kind: string, secret: string, flags: RollBackFlags) =>
      rollBackSecret(`${kind} ${secret}`, flags, context),
    )
}

function addSweep(program: Command, context: CliContext): void {
  printing(waiting(program.command('sweep')), SWEEP_LINES)
    .description('remove what the far side still accepts and the store does not hold')
    .argument('[kind]', KIND)
    .argument('[secret]', SECRET)
    .action((kind: string | undefined, secret: string | undefined, flags: WaitingFlags) =>
      kind === undefined
        ? sweepAll(flags, context)
        : sweepSecret(titleOf(kind, secret, 'sweep KIND SECRET, or sweep'), flags, context),
    )
}

function addStatus(program: Command, context: CliContext): void {
  printing(common(program.command('status')), STATUS_LINES)
    .description(
      'what each secret’s versions are, who has acknowledged them, which rotation is open, what is due',
    )
    .option('--policy <file>', 'when the secrets of a kind are due')
    .action((flags: StatusFlags) => showStatus(flags, context))
}

const KIND = 'api-key, database, …: see rekey status'
const FROM_JOURNAL =
  'the journal that the secret names and is to leave, which is gone or given up: no rotator has it'
const SECRET = 'SENDER:RECEIVER for an API key, SERVICE for what it alone holds'

/** @throws {UsageError} unless both are named */
function titleOf(kind: string | undefined, secret: string | undefined, usage: string): string {
  if (kind !== undefined && secret !== undefined) return `${kind} ${secret}`
  throw new UsageError(`which secret? rekey ${usage} (rekey status lists them)`)
}

/** Adds the commands that read service definitions. */
function addServiceCommands(program: Command, context: CliContext): void {
  addDoctor(program, context)
  addRun(program, context)
  addGenerate(program, context)
  addRights(program, context)
}

function addDoctor(program: Command, context: CliContext): void {
  printing(defined(program.command('doctor')), DOCTOR_LINES)
    .description('where each secret of a service comes from, whether it is sound, what it needs')
    .argument('<service>', SERVICE)
    .option('--probe', 'also try each secret against its far side')
    .option('--strict', 'a warning is a failure too')
    .action((service: string, flags: DoctorFlags) => examineService(service, flags, context))
}

function addRun(program: Command, context: CliContext): void {
  printing(defined(program.command('run')), RUN_LINES)
    .description('run a command with the secrets and settings of a service in its environment')
    .usage('[options] <service> -- <command...>')
    .argument('<service>', SERVICE)
    .argument('<command...>', 'what to run, after --')
    .option('--restart-on-change', 'start the command anew when a secret changes')
    .option('--grace-ms <ms>', 'how long it may take to end then', toMilliseconds, 10_000)
    .option('--spread-ms <ms>', 'a restart waits for a random part of this', toMilliseconds, 5_000)
    .option('--pass <name>', 'a further variable that it gets; can be repeated', append)
    .option('--unmasked', 'leave the terminal to it: what it prints is not masked')
    .action((service: string, command: string[], flags: RunFlags) =>
      runWithSecrets(service, command, flags, context),
    )
}

function addGenerate(program: Command, context: CliContext): void {
  printing(defined(program.command('generate')), GENERATE_LINES)
    .description('write .env.example and service.schema.json from the service definitions')
    .argument('[service...]', SERVICE)
    .option('--check', 'write nothing; exit with 1 if there is something to write')
    .option('--out <directory>', 'where, in place of the folder of the service')
    .action((services: string[], flags: GenerateFlags) =>
      generateServiceFiles(services, flags, context),
    )
}

function addRights(program: Command, context: CliContext): void {
  printing(program.command('rights'), RIGHTS_LINES)
    .description('print the least rights that each service and the rotator need in a store')
    .argument('<locator>', 'the store: vault:MOUNT/PREFIX, aws:PREFIX or kubernetes:NAMESPACE')
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

const SERVICE = 'the name of a service that has a definition'

function defined(command: Command): Command {
  return command.option(
    '--definition <module>',
    'a module that exports a definition, in place of services/*/src/secrets.ts (.mts, .js, .mjs); can be repeated',
    append,
  )
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** The key is kept in the journal and printed. @throws {InvalidArgumentError} */
function toRequest(text: string): string {
  if (/^[\w.:-]{1,100}$/.test(text)) return text
  throw new InvalidArgumentError('It takes up to 100 letters, digits and any of _ . : -')
}
