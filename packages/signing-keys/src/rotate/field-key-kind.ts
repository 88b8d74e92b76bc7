import { Secret } from '@rekey/secret'
import type { RotationParts } from '@rekey/secret/internal/kind'
import { type DeclaredSecret, defineKind } from '@rekey/secret/kind'
import { fieldRunbook } from '../runbook.ts'
import { fieldKey, fieldKeyName, makeFieldKey } from '../spec/field-key.ts'
import { untilNothingIsLeft, untilUnused } from './data-left.ts'
import { SCHEDULE } from './schedule.ts'
import { createSigningRotation } from './signing-rotation.ts'

/** Keys that encrypt fields of records, see README.md: `defineFamily(declaration, { kinds: [fieldKeyKind] })`. */
export const fieldKeyKind = defineKind({
  kind: 'field-key',
  parties: ['service', 'name'],
  spec: { owner: fieldKey },
  storeName: (service = '', name = '') => fieldKeyName(service, name),
  issue: (name, options) => Secret.of(makeFieldKey(options), name),
  schedule: SCHEDULE,
  runbook: fieldRunbook,
  rotationOf({ name, parties: [service = ''] }: DeclaredSecret, parts: RotationParts) {
    const data = { ...parts, name, service }
    const nothingLeft = untilNothingIsLeft(data)
    return createSigningRotation({
      ...{ ...parts, kind: 'field-key', name, service },
      ended: untilUnused(data),
      end: `no data is left under the old one, ${parts.validationMs} ms after its last use`,
      async keepsData(...of) {
        await nothingLeft(...of)
      },
      next: () => Promise.resolve(Secret.of(makeFieldKey(parts), name)),
    })
  },
})
