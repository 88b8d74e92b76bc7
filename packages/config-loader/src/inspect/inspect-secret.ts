import {
  type Clock,
  SecretError,
  type SecretSource,
  type SecretSpec,
  type StagedSecret,
  within,
} from '@rekey/secret'
import {
  liveVersions,
  type ProbeContext,
  type SecretErrorCode,
  type SecretPolicy,
  type VersionHealth,
} from '@rekey/secret/internal'
import type { ComposedSource, Inspectable, SourceWarning } from '../store/inspectable.ts'
import { decideStaleness, type Staleness } from '../follow/freshness.ts'
import type { Environment } from '../environment.ts'
import { probeStages } from '../follow/judge-version.ts'
import type { Limit } from '../follow/source-reader.ts'
import { parseStaged } from '../parse-staged.ts'

/** Findings about one secret. No value. */
export interface SecretInspection {
  readonly name: string
  readonly kind: string
  /** The rule of its spec, in words. */
  readonly rule: string
  /** Where it comes from, or where the search for it ended: `vault:secret/vpn`. */
  readonly source: string
  /** Empty if it cannot be had or breaks its rule. */
  readonly versions: readonly (VersionHealth & { readonly expiresInMs?: number })[]
  readonly staleness: Staleness
  /** Whether its source reports changes; otherwise it is read again as `staleness` defines. */
  readonly watched: boolean
  /** Rights that a reader of it needs there, in the words of that store. */
  readonly rights: readonly string[]
  /** The sources further down that have it too, unused. */
  readonly shadowed: readonly string[]
  /** Absent if it is sound. */
  readonly problem?: { readonly code: SecretErrorCode; readonly message: string }
}

/** A warning, and the source that it is about. */
export interface LocatedWarning extends SourceWarning {
  readonly source: string
}

/** Findings about the secrets of a service. No value. */
export interface ServiceInspection {
  readonly service: string
  readonly environment: string
  readonly source: string
  readonly secrets: readonly SecretInspection[]
  readonly warnings: readonly LocatedWarning[]
  /** Checks that could not be made, and why; no fault of the service. */
  readonly notes: readonly string[]
}

/** How a secret is inspected. */
export interface InspectContext extends Limit {
  readonly clock: Clock
  readonly source: SecretSource
  readonly environment: Environment
  readonly policyFor: (name: string) => SecretPolicy
  /** The settings of the service, if its secrets are to be tried against their far sides. */
  readonly probeWith: ProbeContext['settings'] | undefined
}

/** A secret, and a stage of it that its service will do without. */
export interface InspectedSecret {
  readonly secret: SecretInspection
  readonly leftOut: SecretError | undefined
  /** Uses at its far side that its service does not need. */
  readonly excess: readonly string[]
}

type Named = Pick<SecretInspection, 'name' | 'kind' | 'rule'>

/** Finds out where a secret comes from and whether it is sound. Never throws a `SecretError`: that is a finding. */
export async function inspectSecret(
  spec: SecretSpec,
  name: string,
  context: InspectContext,
): Promise<InspectedSecret> {
  const named = { name, kind: spec.kind, rule: spec.rule }
  const leaves = leavesOf(context.source, name)
  const { leaf, below, answer } = await findHolder(leaves, name, context)
  const described = {
    ...named,
    source: leaf?.locator ?? context.source.locator,
    staleness: decideStaleness(context.policyFor(name)),
    watched: leaf?.watch !== undefined,
    rights: leaf?.rightsToRead?.([name]) ?? [],
    shadowed: await findHolders(below, name, context),
  }
  if (answer instanceof SecretError) return unsound(described, answer)
  try {
    const { staged, leftOut } = parseStaged(spec, answer, context.environment)
    const settings = context.probeWith
    let excess: readonly string[] = []
    if (settings !== undefined) {
      await within({ ...context, what: `the proof of ${name}` }, async (signal) => {
        await probeStages(spec, staged, { settings, signal })
        excess = (await spec.excess?.(staged.current, { settings, signal })) ?? []
      })
    }
    const versions = describeVersions(staged, context.clock.now())
    return { secret: { ...described, versions }, leftOut: leftOut[0]?.error, excess }
  } catch (error) {
    if (error instanceof SecretError) return unsound(described, error)
    throw error
  }
}

function unsound(
  described: Named & Omit<SecretInspection, 'versions' | 'problem'>,
  { code, message }: SecretError,
): InspectedSecret {
  const secret = { ...described, versions: [], problem: { code, message } }
  return { secret, leftOut: undefined, excess: [] }
}

interface Holder {
  readonly leaf: LeafSource | undefined
  readonly below: readonly LeafSource[]
  readonly answer: StagedSecret | SecretError
}

/** The first source that has it, or that ends the search with an error. */
async function findHolder(
  leaves: readonly LeafSource[],
  name: string,
  context: InspectContext,
): Promise<Holder> {
  for (const [index, leaf] of leaves.entries()) {
    const answer = await readFrom(leaf, name, context)
    const isMissing = answer instanceof SecretError && answer.code === 'missing'
    if (!isMissing) return { leaf, below: leaves.slice(index + 1), answer }
  }
  const [only, ...others] = leaves
  const leaf = others.length === 0 ? only : undefined
  return { leaf, below: [], answer: await readFrom(context.source, name, context) }
}

async function readFrom(
  source: SecretSource,
  name: string,
  context: InspectContext,
): Promise<StagedSecret | SecretError> {
  try {
    return await within({ ...context, what: `an answer of ${source.locator}` }, (signal) =>
      source.read(name, signal),
    )
  } catch (error) {
    if (error instanceof SecretError) return error
    throw error
  }
}

/** Which of the sources have it. One that can list its names is not read: reading a lease would take one. */
async function findHolders(
  leaves: readonly LeafSource[],
  name: string,
  context: InspectContext,
): Promise<string[]> {
  const holding = await Promise.all(
    leaves.map(async (leaf) => {
      const names = await within(
        { ...context, what: `a list of ${leaf.locator}` },
        async (signal) => leaf.list?.(signal),
      ).catch(unlisted)
      if (names !== undefined) return names.includes(name)
      return !((await readFrom(leaf, name, context)) instanceof SecretError)
    }),
  )
  return leaves.filter((_leaf, index) => holding[index]).map(({ locator }) => locator)
}

function unlisted(error: unknown): undefined {
  if (!(error instanceof SecretError)) throw error
}

function describeVersions(
  staged: StagedSecret<unknown>,
  now: number,
): SecretInspection['versions'] {
  return liveVersions(staged).map(({ stage, version, id, createdAt, expiresAt }) => ({
    stage,
    version,
    ...(id !== undefined && { id }),
    ...(createdAt !== undefined && { ageMs: now - createdAt.getTime() }),
    ...(expiresAt !== undefined && { expiresInMs: expiresAt.getTime() - now }),
  }))
}

/** A source that asks no other one. */
export type LeafSource = SecretSource & Inspectable

/** The sources that are really asked for `name`, in order. */
export function leavesOf(source: SecretSource, name: string): readonly LeafSource[] {
  if (!isComposed(source)) return [source]
  return askedFor(source, name).flatMap((next) => leavesOf(next, name))
}

function isComposed(source: SecretSource): source is ComposedSource {
  return 'sourcesOf' in source
}

/** A secret that comes from nowhere is the business of its `read`. */
function askedFor(source: ComposedSource, name: string): readonly SecretSource[] {
  try {
    return source.sourcesOf(name)
  } catch (error) {
    if (error instanceof SecretError && error.code === 'missing') return []
    throw error
  }
}
