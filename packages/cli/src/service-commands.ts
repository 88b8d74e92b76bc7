import type { Command } from 'commander'
import type { CliContext } from './cli-context.ts'
import { type DoctorFlags, examineService } from './doctor-command.ts'
import { toMilliseconds } from './flag-values.ts'
import { type GenerateFlags, generateServiceFiles } from './generate-command.ts'
import { printRights, type RightsFlags } from './rights-command.ts'
import { type RunFlags, runWithSecrets } from './run-command.ts'

/** Adds the commands that read service definitions. */
export function addServiceCommands(program: Command, context: CliContext): void {
  addDoctor(program, context)
  addRun(program, context)
  addGenerate(program, context)
  addRights(program, context)
}

function addDoctor(program: Command, context: CliContext): void {
  defined(program.command('doctor'))
    .description('where each secret of a service comes from, whether it is sound, what it needs')
    .argument('<service>', SERVICE)
    .option('--probe', 'also try each secret against its far side')
    .option('--strict', 'a warning is a failure too')
    .option('--json', 'print JSON, one object a line')
    .action((service: string, flags: DoctorFlags) => examineService(service, flags, context))
}

function addRun(program: Command, context: CliContext): void {
  defined(program.command('run'))
    .description('run a command with the secrets and settings of a service in its environment')
    .usage('[options] <service> -- <command...>')
    .argument('<service>', SERVICE)
    .argument('<command...>', 'what to run, after --')
    .option('--restart-on-change', 'start the command anew when a secret changes')
    .option('--grace-ms <ms>', 'how long it may take to end then', toMilliseconds, 10_000)
    .option('--spread-ms <ms>', 'a restart waits for a random part of this', toMilliseconds, 5_000)
    .option('--pass <name>', 'a further variable that it gets; can be repeated', append)
    .action((service: string, command: string[], flags: RunFlags) =>
      runWithSecrets(service, command, flags, context),
    )
}

function addGenerate(program: Command, context: CliContext): void {
  defined(program.command('generate'))
    .description('write .env.example and service.schema.json from the service definitions')
    .argument('[service...]', SERVICE)
    .option('--check', 'write nothing; exit with 1 if there is something to write')
    .option('--out <directory>', 'where, in place of the folder of the service')
    .option('--json', 'print JSON, one object a line')
    .action((services: string[], flags: GenerateFlags) =>
      generateServiceFiles(services, flags, context),
    )
}

function addRights(program: Command, context: CliContext): void {
  program
    .command('rights')
    .description('print the least rights that each service and the rotator need in a store')
    .argument('<locator>', 'the store: vault:MOUNT/PREFIX, aws:PREFIX or kubernetes:NAMESPACE')
    .argument('[who]', 'a service, or rotator, in place of all')
    .option('--family <file>', 'the file that declares the family, in place of family.json here')
    .option('--json', 'print JSON, one object a line')
    .action((locator: string, who: string | undefined, flags: RightsFlags) =>
      printRights(locator, who, flags, context),
    )
}

const SERVICE = 'the name of a service that has a definition'

function defined(command: Command): Command {
  return command.option(
    '--definition <module>',
    'a module that exports a definition, in place of services/*/src/secrets.ts; can be repeated',
    append,
  )
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
