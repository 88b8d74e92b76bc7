import type { RotationKind, RotationParts } from '@rekey/secret/kind'
import type { Family } from '../declaration.ts'
import { secretsOf } from '../family-secrets.ts'
import { kindsOf } from '../kinds.ts'

/**
 * Every secret that is rotated, by what the command line calls it: `api-key frontend:signing`, `database frontend`.
 *
 * @throws {SecretError} if the store cannot give what a kind needs beside the secret
 */
export async function listKinds(
  family: Family,
  parts: RotationParts,
): Promise<Map<string, RotationKind>> {
  const kinds = kindsOf(family)
  const rotations = new Map<string, RotationKind>()
  for (const secret of secretsOf(family)) {
    const kind = secret.isRotated ? kinds.get(secret.kind) : undefined
    const rotation = await kind?.rotationOf?.(secret, parts)
    if (rotation !== undefined) rotations.set(secret.title, rotation)
  }
  return rotations
}
