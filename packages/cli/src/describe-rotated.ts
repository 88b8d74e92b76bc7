import type { Rotated } from '@rekey/rotation'

/** Describes the changes of a rotation, its findings, and what it could not prove. */
export function describeRotated({ secret, version, ...rest }: Rotated): string {
  const { revoked, unproven = [], closed = [], lateUses = [] } = rest
  const parts = [
    `${secret} is at ${version}`,
    revoked !== undefined && `${revoked} is revoked`,
    closed.length > 0 && `found and closed: ${closed.join(', ')}`,
    unproven.length > 0 &&
      `not proven to be refused: ${unproven.join(', ')}: check it at the far side`,
    lateUses.length > 0 && `stale or stolen: ${lateUses.map(describeLateUse).join(', ')}`,
  ]
  return parts.filter((part) => part !== false).join('; ')
}

function describeLateUse({ id, source, count }: Required<Rotated>['lateUses'][number]): string {
  return `${id} was shown ${count} times by ${source}`
}
