import type { Rotator } from '@rekey/rekey/internal/rotator'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { systemClock } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import type { Stack } from '../open-stack.ts'
import { killRotatorAt } from './killed-rotator.ts'
import { type LieParts, lieAboutKey, lieAboutLogin } from './lies.ts'
import type { Outages } from './outages.ts'
import { describeFault, type Fault, planFaults, type PlannedFault } from './plan-faults.ts'
import { type Interruption, rotatePatiently } from '../rotate-patiently.ts'

/** The parts of a run with faults. */
export interface ChaosOptions {
  readonly stack: Stack
  readonly rotator: Rotator
  readonly outages: Outages
  readonly seed: number
  readonly rounds: number
  readonly validationMs: number
  readonly signal: AbortSignal
  readonly onEvent: (event: RotationEvent) => void
  /** Called with each fault as it is made. */
  readonly onFault: (text: string) => void
  /** Called with what the system did about it. */
  readonly onOutcome: (text: string) => void
}

/** The faults of a run, and what the system did about them. */
export interface ChaosResult {
  readonly seed: number
  readonly faults: readonly FaultOutcome[]
}

/** A fault that was made. */
interface FaultOutcome {
  readonly fault: string
  /** As `database frontend at confirm`. */
  readonly during: string
  readonly outcome: string
  /** Set where a lie was believed. */
  readonly isBelieved?: boolean
}

/** Rotates each secret again and again, makes each fault once a round, and lists what the system did about each. */
export async function runChaos(
  options: ChaosOptions,
  rotations: Record<string, number>,
): Promise<ChaosResult> {
  const { rotator, seed, rounds } = options
  const faults: FaultOutcome[] = []
  for (let round = 0; round < rounds; round += 1) {
    const plan = planFaults(seed + round, [...rotator.kinds.keys()])
    for (const [secret, kind] of rotator.kinds) {
      const planned = plan.get(secret)
      if (planned === undefined) await rotateUnder(options, kind)
      else faults.push(await makeFault(options, { secret, kind, ...planned }, faults.length + 1))
      rotations[secret] = (rotations[secret] ?? 0) + 1
    }
  }
  return { seed, faults }
}

/** The end of a fault. */
interface Outcome {
  readonly words: string
  readonly isBelieved?: boolean
}

interface Target extends PlannedFault {
  readonly secret: string
  readonly kind: RotationKind
}

async function makeFault(
  options: ChaosOptions,
  target: Target,
  number: number,
): Promise<FaultOutcome> {
  const { secret, step, fault } = target
  const title = describeFault(fault)
  const during = fault.kind.startsWith('lie') ? secret : `${secret} at ${step}`
  const onMade = () => {
    options.onFault(`fault ${number}: ${title}, in the rotation of ${during}`)
  }
  const { words: outcome, ...seen } = await suffer({ ...options, onMade }, target)
  options.onOutcome(outcome)
  return { fault: title, during, outcome, ...seen }
}

interface FaultOptions extends ChaosOptions {
  /** Called as the fault is made. */
  readonly onMade: () => void
}

async function suffer(options: FaultOptions, target: Target): Promise<Outcome> {
  const { fault, kind } = target
  const rotateNow: LieParts['rotate'] = (onEvent) => rotateUnder(options, kind, onEvent)
  const lie = { ...options, kind, rotate: rotateNow }
  switch (fault.kind) {
    case 'kill-rotator':
      return killRotator(options, target)
    case 'lie-about-key':
      options.onMade()
      return lieAboutKey(lie)
    case 'lie-about-login':
      options.onMade()
      return lieAboutLogin(lie)
    case 'kill-service':
    case 'cut-database':
      return breakDuring(options, { ...target, fault })
  }
}

/** A run that cannot release its lease, since its journal is away, keeps the next one out for as long. */
const LEASE_MS = 5_000

/** Rotates until it has finished, and gives why it had to be run again. */
async function rotateUnder(
  { rotator, signal, onEvent }: ChaosOptions,
  kind: RotationKind,
  onOwnEvent?: (event: RotationEvent) => void,
): Promise<readonly Interruption[]> {
  const { store, journal, audit } = rotator
  const interruptions: Interruption[] = []
  const own = (event: RotationEvent) => {
    onEvent(event)
    onOwnEvent?.(event)
  }
  const rotation = { store, journal, audit, signal, onEvent: own, leaseMs: LEASE_MS }
  await rotatePatiently(kind, rotation, (interruption) => {
    interruptions.push(interruption)
    return true
  })
  return interruptions
}

async function killRotator(
  options: FaultOptions,
  { secret, kind, step }: Target,
): Promise<Outcome> {
  const { stack, validationMs, signal, onEvent } = options
  await killRotatorAt({
    title: secret,
    step,
    directory: stack.directory,
    validationMs,
    signal,
    onEvent,
  })
  options.onMade()
  const killedAt = performance.now()
  let tookUpMs = 0
  await rotateUnder(options, kind, () => {
    tookUpMs ||= performance.now() - killedAt
  })
  return { words: `the next run took over after ${seconds(tookUpMs)} and finished the rotation` }
}

type Breakable = Extract<Fault, { kind: 'kill-service' | 'cut-database' }>

async function breakDuring(
  options: FaultOptions,
  { kind, step, fault }: Target & { readonly fault: Breakable },
): Promise<Outcome> {
  let breaking: Promise<number> | undefined
  try {
    const interruptions = await rotateUnder(options, kind, (event) => {
      if (event.phase !== 'begin' || event.step !== step) return
      if (breaking !== undefined) return
      options.onMade()
      breaking = breakNow(options, fault)
      // It is waited for below.
      breaking.catch(() => undefined)
    })
    const backMs = await breaking
    if (backMs === undefined) throw new TypeError(`a rotation never came to ${step}`)
    return { words: `back after ${seconds(backMs)}; ${describeInterruptions(interruptions)}` }
  } finally {
    await breaking?.catch(() => undefined)
  }
}

/** For so long PostgreSQL is away. */
const AWAY_MS = 1_500

/** Kills something and brings it back. Gives how long it was away, in milliseconds. */
async function breakNow({ stack, outages }: ChaosOptions, fault: Breakable): Promise<number> {
  const startedAt = performance.now()
  if (fault.kind === 'cut-database') {
    const { postgres } = stack
    await outages.ofDatabase(
      () => postgres.stop(),
      async () => {
        await systemClock.sleep(AWAY_MS, undefined, { keepAlive: true })
        await postgres.start()
      },
    )
  } else {
    await killService({ stack, outages }, fault.service)
  }
  return performance.now() - startedAt
}

async function killService(
  { stack, outages }: Pick<ChaosOptions, 'stack' | 'outages'>,
  name: string,
): Promise<void> {
  const service = stack.services.find((each) => each.name === name)
  if (service === undefined) throw new TypeError(`the stack has no ${name}`)
  const kill = async () => {
    const { process } = service
    const ended = new Promise((resolve) => process.once('exit', resolve))
    process.kill('SIGKILL')
    await ended
  }
  if (name === 'frontend') return outages.ofFrontend(kill, () => service.start())
  await kill()
  await service.start()
}

/** A run that finds the lease of the one before changes nothing. */
function describeInterruptions(interruptions: readonly Interruption[]): string {
  const [first, ...others] = interruptions.filter(({ code }) => code !== 'busy')
  if (first === undefined) return 'the rotation went on by itself'
  const at = first.step === undefined ? '' : ` at ${first.step}`
  const times = others.length === 0 ? '' : `, and ${others.length} times more`
  return `the rotation ended${at} (${first.code})${times}, and the next run finished it`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
