import type { SecretKind } from '@rekey/secret/kind'
import { z } from 'zod'
import type { FamilyProblem } from './family-error.ts'
import { type Family, partyName, service } from './schema.ts'
import type { KindTable } from './kinds.ts'
import { partiesOf } from './parties.ts'

type Secrets = Family['secrets']

/** Returns the schema of one entry of a kind; absent where a family declares nothing of it but its parties. */
export function entrySchema({ entry, parties }: SecretKind): z.ZodObject | undefined {
  if (entry === undefined) return undefined
  const named = parties[1] === 'name' && { name: partyName }
  // The contract knows no zod: only its vendor.
  return z.strictObject({ service, ...named, ...(entry as unknown as z.ZodObject).shape })
}

/** The entries of each kind as their kinds read them, and what is wrong with them. */
export interface ReadEntries {
  readonly secrets: Secrets
  readonly issues: readonly z.core.$ZodIssue[]
}

/**
 * Reads the entries of each kind by the schema of the kind, and fills in its defaults. One that is only parties, where the kind asks
 * for more, is left to the deployment.
 */
export function readEntries(secrets: Secrets, kinds: KindTable): ReadEntries {
  const issues: z.core.$ZodIssue[] = []
  const read = Object.entries(secrets).map(([kind, all]) => {
    const known = kinds.get(kind)
    const schema = known && entrySchema(known)
    const entries = all.map((entry, index) => {
      const path = ['secrets', kind, index]
      if (schema === undefined) {
        if (typeof entry === 'object') issues.push(withoutSchema(path, kind, known))
        return entry
      }
      const result = schema.safeParse(typeof entry === 'string' ? asObject(entry) : entry)
      if (result.success) return result.data as Secrets[string][number]
      if (typeof entry === 'string') return entry
      issues.push(...result.error.issues.map((one) => ({ ...one, path: [...path, ...one.path] })))
      return entry
    })
    return [kind, entries] as const
  })
  return { secrets: Object.fromEntries(read), issues }
}

/** Finds the entries that a rotator cannot do with, since their kinds ask for more than parties. */
export function unfinishedEntries(secrets: Secrets, kinds: KindTable): FamilyProblem[] {
  return Object.entries(secrets).flatMap(([kind, all]) => {
    if (kinds.get(kind)?.entry === undefined) return []
    return all.flatMap((entry, index) => {
      const message =
        'its kind asks for more than the parties: write an object, see family.schema.json'
      return typeof entry === 'string' ? [{ path: `secrets.${kind}[${index}]`, message }] : []
    })
  })
}

function asObject(text: string) {
  const [service = '', name] = partiesOf(text)
  return { service, ...(name !== undefined && { name }) }
}

function withoutSchema(
  path: PropertyKey[],
  kind: string,
  known: SecretKind | undefined,
): z.core.$ZodIssue {
  const message =
    known === undefined
      ? `there is no kind ${kind}: correct it, or pass it to defineFamily in \`kinds\``
      : `a ${kind} has nothing but its parties: write ${known.parties.join(':').toUpperCase()}`
  return { code: 'custom', path, message, input: undefined }
}
