import type { z } from 'zod'
import type { WithKinds } from './kinds.ts'
import type { familySchema } from './schema.ts'

/** A family as it is written, in TypeScript or in JSON. */
export type FamilyDeclaration = z.input<typeof familySchema>

/** A family of services and their secrets, with every default in place. Holds no secret. */
export type Family = z.output<typeof familySchema> & WithKinds

/** Where one PostgreSQL login of a family belongs. */
export type FamilyDatabase = Family['databases'][number]
