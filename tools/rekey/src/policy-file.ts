import { readFile } from 'node:fs/promises'
import { scheduleEntry, withSchedule } from '@rekey/family'
import { DEFAULT_POLICIES, type RotationPolicy } from '@rekey/rotation/schedule'
import { z } from 'zod'
import { UsageError } from './failure.ts'

const policyFile = z.strictObject(
  Object.fromEntries(DEFAULT_POLICIES.map(({ kind }) => [kind, scheduleEntry.optional()])),
)

/**
 * Reads a policy file. A kind that it names has the policy written there, any other one the built-in policy. Without a file all
 * are built in.
 *
 * @throws {UsageError} that says where the file is wrong
 */
export async function readPolicies(path: string | undefined): Promise<readonly RotationPolicy[]> {
  if (path === undefined) return DEFAULT_POLICIES
  const result = policyFile.safeParse(await readJson(path))
  if (!result.success) throw new UsageError(`${path}: ${describe(result.error)}`)
  const written = Object.entries(result.data).flatMap(([kind, entry]) => {
    return entry === undefined ? [] : [[kind, entry] as const]
  })
  return withSchedule(Object.fromEntries(written))
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) throw new UsageError(`${path} cannot be read: check --policy`)
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new UsageError(`${path} is no JSON: check it with a JSON linter`)
  }
}

function describe({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => [...path, message].map(String).join(': ')).join('; ')
}
