import { jsonIn } from '@rekey/secret'
import { describeBrokenJson } from '@rekey/secret/internal'
import { fileError, readRegularFile } from '@rekey/secret/internal/files'
import { loadKinds } from '../family/kinds.ts'
import { scheduleEntry, schedulePolicies, withSchedule } from '../family/schedule.ts'
import type { Family } from '../family/schema.ts'
import type { RotationPolicy } from '../engine/schedule/due-times.ts'
import { z } from 'zod'
import { UsageError } from './failure.ts'

const policyFile = z.record(z.string(), scheduleEntry)

/** Derives when the secrets of a family are due. @throws {UsageError} for a kind that has no secrets */
export type PoliciesOf = (family: Pick<Family, 'policy'>) => readonly RotationPolicy[]

/**
 * Reads a policy file, before anything is opened. A kind that it names has the policy written there, any other one that of the
 * family, otherwise the built-in one; without a file all have.
 *
 * @throws {UsageError} naming the place of the mistake
 */
export async function readPolicies(path: string | undefined): Promise<PoliciesOf> {
  if (path === undefined) return schedulePolicies
  const result = policyFile.safeParse(await readJson(path))
  if (!result.success) throw new UsageError(`${path}: ${describe(result.error)}`)
  await loadKinds(Object.keys(result.data))
  return (family) => {
    const policies = schedulePolicies(family)
    const known = policies.map(({ kind }) => kind)
    const unknown = Object.keys(result.data).filter((kind) => !known.includes(kind))
    if (unknown.length === 0) return withSchedule(result.data, policies)
    throw new UsageError(`${path}: ${unknown.join(', ')}: write a kind: ${known.join(', ')}`)
  }
}

async function readJson(path: string): Promise<unknown> {
  const text = await readRegularFile(path).catch((error: unknown) => {
    throw new UsageError((fileError(error, path) as Error).message)
  })
  const value = jsonIn(text)
  if (value === undefined) throw new UsageError(`${path} is ${describeBrokenJson(text)}`)
  return value
}

function describe({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => [...path, message].map(String).join(': ')).join('; ')
}
