import { readFile } from 'node:fs/promises'
import { DEFAULT_POLICIES, type RotationPolicy } from '@rekey/rotation/schedule'
import { z } from 'zod'
import { UsageError } from './failure.ts'

const UNITS_MS = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const
const HOW_TO_WRITE = 'write a whole number up to 9999 and s, min, h or d, as in "30 d"'

const duration = z
  .string(HOW_TO_WRITE)
  .regex(/^\d{1,4} ?(s|min|h|d)$/, HOW_TO_WRITE)
  .transform((text) => {
    const [, count, unit] = /^(\d+) ?(\w+)$/.exec(text) ?? []
    return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS]
  })

const entry = z
  .strictObject({
    rotateAfter: duration.optional(),
    maxAge: duration.optional(),
    stagger: duration,
    dueIfAgeUnknown: z.boolean().optional(),
  })
  .refine(({ rotateAfter = 0, maxAge = Infinity }) => maxAge >= rotateAfter, {
    path: ['maxAge'],
    error: 'is shorter than rotateAfter',
  })

const policyFile = z.strictObject(
  Object.fromEntries(DEFAULT_POLICIES.map(({ kind }) => [kind, entry.optional()])),
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
  return DEFAULT_POLICIES.map((builtIn) => {
    const written = result.data[builtIn.kind]
    return written === undefined ? builtIn : toPolicy(builtIn.kind, written)
  })
}

function toPolicy(kind: string, written: z.output<typeof entry>): RotationPolicy {
  const { rotateAfter, maxAge, stagger, dueIfAgeUnknown } = written
  return {
    ...{ kind, staggerMs: stagger },
    ...(rotateAfter !== undefined && { rotateAfterMs: rotateAfter }),
    ...(maxAge !== undefined && { maxAgeMs: maxAge }),
    ...(dueIfAgeUnknown !== undefined && { dueIfAgeUnknown }),
  }
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
