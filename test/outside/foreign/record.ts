import type { Adoption } from './adopt.ts'
import type { Application } from './applications.ts'
import { type GateFinding, VERDICTS } from './gate-findings.ts'

/** What is kept of one application: `record.json` has it by the name of the application. */
export interface AdoptionRecord {
  readonly from: string
  readonly framework: string
  readonly modules: string
  readonly language: string
  readonly secrets: number
  readonly settings: number
  readonly files: readonly string[]
  /** The errors of its compiler; null without one. */
  readonly compileErrors: readonly [before: number, after: number] | null
  readonly starts: readonly [before: string, after: string]
  readonly gate: readonly Pick<GateFinding, 'id' | 'check' | 'rule' | 'place'>[]
  /** The package without which the gate cannot lint it. */
  readonly lintLacks?: string
  /** What is not as it is to be, beside findings of the gate. */
  readonly faults: readonly string[]
}

/** Sums up an adoption. */
export function recordOf(application: Application, adoption: Adoption): AdoptionRecord {
  const { before, after, init, gate } = adoption
  const { from, framework, modules, language, lintLacks } = application
  return {
    from: 'package' in from ? from.package : from.generator.join(' '),
    ...{ framework, modules, language },
    ...{ secrets: init.secrets, settings: init.settings, files: init.files },
    compileErrors: before.compileErrors
      ? [before.compileErrors.length, after.compileErrors?.length ?? 0]
      : null,
    starts: [before.starts, after.starts],
    gate: gate.findings.map(({ id, check, rule, place }) => ({ id, check, rule, place })),
    ...(lintLacks !== undefined && { lintLacks }),
    faults: faultsOf(application, adoption),
  }
}

/** What is left to do on an application: the faults of its adoption, and findings that are wrong or not judged. */
export function leftOn({ faults, gate }: AdoptionRecord): string[] {
  const judged = gate.map(({ id, rule, place }) => {
    return { id, rule, place, verdict: VERDICTS[id]?.verdict ?? 'not judged' }
  })
  const open = judged.filter(({ verdict }) => ['wrong', 'not judged'].includes(verdict))
  return [
    ...faults,
    ...open.map((each) => `${each.id} ${each.rule} ${each.place}: ${each.verdict}`),
  ]
}

/** What an adoption has to come to, in words for each that it does not. */
function faultsOf({ start, lintLacks }: Application, adoption: Adoption): string[] {
  const { before, after, init, failedSteps, familyCheck, gate } = adoption
  const lacks = start.ends?.lacks
  const isReported = lacks !== undefined && after.output.includes(lacks)
  const isLacking =
    lintLacks !== undefined && gate.output.includes(`the package ${lintLacks} is not installed`)
  return [
    ...(init.code === 0 ? [] : [`rekey init ended with ${String(init.code)}`]),
    ...init.again.map((path) => `a second run changed ${path}`),
    ...failedSteps.map((step) => `failed: ${step}`),
    ...(after.compileErrors ?? [])
      .filter((error) => before.compileErrors?.includes(error) !== true)
      .map((error) => `no longer compiles: ${error}`),
    ...(after.isAsListed || isReported ? [] : [`no longer starts: ${after.starts}`]),
    ...(familyCheck === 0 ? [] : [`rekey family check ended with ${String(familyCheck)}`]),
    ...([0, 1].includes(gate.code ?? 2) || isLacking
      ? []
      : [`rekey-gate ended with ${String(gate.code)}`]),
  ]
}
