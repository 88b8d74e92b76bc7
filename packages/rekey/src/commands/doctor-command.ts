import { inspectService, type ServiceInspection } from '@rekey/config-loader/internal/inspect'
import type { Contradiction } from '../family/access/service-secret.ts'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext } from './cli-context.ts'
import { contradictionLine, contradictionsHere, storesFor } from './family-here.ts'
import { type DefinitionFlags, findService } from './find-definitions.ts'
import { formatSecret, formatWarning } from './describe.ts'
import { jsonLine, printing } from './json-output.ts'
import { defined, SERVICE } from './options.ts'
import { createPrinter } from './printer.ts'

const WARNING = { rule: z.string(), name: z.string().optional(), message: z.string() }

const DOCTOR_LINES = z.discriminatedUnion('type', [
  jsonLine('secret', 'One secret of the service, without its value.', {
    service: z.string(),
    sound: z.boolean(),
    name: z.string(),
    kind: z.string(),
    rule: z.string(),
    source: z.string(),
    versions: z.array(
      z.object({
        stage: z.string(),
        version: z.string(),
        id: z.string().optional(),
        ageMs: z.number().optional(),
        expiresInMs: z.number().optional(),
      }),
    ),
    staleness: z.object({
      ttlMs: z.number(),
      maxStaleMs: z.number(),
      negativeTtlMs: z.number(),
      need: z.string(),
    }),
    watched: z.boolean(),
    rights: z.array(z.string()),
    shadowed: z.array(z.string()),
    problem: z.object({ code: z.string(), message: z.string() }).optional(),
  }),
  jsonLine('warning', 'A warning about a source.', {
    ...{ service: z.string(), source: z.string(), ...WARNING },
  }),
  contradictionLine({ service: z.string() }),
  jsonLine('note', 'A check that could not be made.', {
    ...{ service: z.string(), message: z.string() },
  }),
])

interface DoctorFlags extends DefinitionFlags {
  readonly probe?: boolean
  readonly strict?: boolean
}

/** Defines `rekey doctor`. */
export function defineDoctor(command: Command, context: CliContext): void {
  printing(defined(command), DOCTOR_LINES, [
    'rekey doctor shop',
    'rekey doctor shop --probe --strict',
  ])
    .argument('<service>', SERVICE)
    .option('--probe', 'also try each secret against its far side')
    .option('--strict', 'exit with 1 after a warning too')
    .action((service: string, flags: DoctorFlags) => examineService(service, flags, context))
}

/**
 * Prints where each secret of a service comes from, whether it is sound, and what is odd about the places.
 * Names where its definition contradicts the family that the working directory declares. Shows no value. Exits with 1 if a secret that the service needs is not sound, with `--strict` also after a warning.
 */
async function examineService(
  service: string,
  flags: DoctorFlags,
  context: CliContext,
): Promise<void> {
  const { env, signal } = context
  const { definition, others } = await findService(service, flags, context)
  const { probe = false } = flags
  const stores = await storesFor(env['REKEY_SECRETS'] ?? 'env', context)
  const inspection = await inspectService(definition, { env, stores, others, probe, signal })
  // Definitions that are named may be of another repository than the working directory.
  const isHere = flags.definition === undefined
  const contradictions = isHere ? await contradictionsHere({ definition, others }, context) : []
  print(inspection, contradictions, { flags, context })
  const isWrong = inspection.secrets.some(isProblem)
  const isOdd = flags.strict === true && inspection.warnings.length + contradictions.length > 0
  if (isWrong || isOdd) context.process.exitCode = 1
}

/** An optional secret may be absent. */
function isProblem({ problem, staleness }: ServiceInspection['secrets'][number]): boolean {
  const isOptional = problem?.code === 'missing' && staleness.need === 'optional'
  return problem !== undefined && !isOptional
}

function print(
  inspection: ServiceInspection,
  contradictions: readonly Contradiction[],
  { flags, context }: { flags: DoctorFlags; context: CliContext },
): void {
  const { service, environment, source, secrets, warnings, notes } = inspection
  const printer = createPrinter<typeof DOCTOR_LINES>(flags, context)
  printer.note(`${service} in ${environment}, from ${source}`)
  for (const secret of secrets) {
    const sound = secret.problem === undefined
    printer.line({ type: 'secret', service, sound, ...secret }, formatSecret(secret))
  }
  for (const warning of warnings) {
    printer.line({ type: 'warning', service, ...warning }, formatWarning(warning))
  }
  for (const { rule, where, why, fix } of contradictions) {
    const text = `warning  ${rule}: ${where.part ?? where.file}: ${why}; ${fix}`
    printer.line({ type: 'contradiction', service, rule, where, why, fix }, text)
  }
  for (const note of notes)
    printer.line({ type: 'note', service, message: note }, `note     ${note}`)
  const wrong = secrets.filter(isProblem).length
  printer.note(
    `secrets: ${secrets.length}, problems: ${wrong}, warnings: ${warnings.length + contradictions.length}`,
  )
}
