import { defineService } from '@rekey/config-loader'
import { defineFamily, type FamilyDeclaration } from '@rekey/rekey'
import { z } from 'zod'
import { licenceKey, licenceKind } from './seventh-kind.ts'

export const definition = defineService({
  name: 'frontend',
  settings: z.object({}),
  secrets: { licence: licenceKey() },
})

/** The family of the service, with a kind that no package knows. */
export const familyWith = (deployment: Partial<FamilyDeclaration>, register: string) =>
  defineFamily(
    {
      ...{ services: ['frontend'], journal: 'store', validationMs: 0, ...deployment },
      secrets: { licence: [{ service: 'frontend', register }] },
    },
    { kinds: [licenceKind] },
  )
