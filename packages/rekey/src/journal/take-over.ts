import type { ClaimOptions, Displaced, EmergencyClaim } from './emergency-claim.ts'
import { isOpen, type RotationIntent } from './journal.ts'
import { busy, busyWithEmergency, type RotationError } from '../engine/rotation-error.ts'

/** A live claim, with what decides whether it passes to an emergency. */
interface Held {
  readonly holder: string
  readonly epoch: number
  readonly emergency?: EmergencyClaim | undefined
  readonly intent?: RotationIntent | undefined
  /** How long its lease still runs, if that is known. */
  readonly leftMs?: number | undefined
}

/**
 * The error for who claims a secret that has a live claim; none for an emergency that may take it over. Two emergencies do not take over from each other, so
 * it may not where that claim is one of an emergency, or of a rotator that finishes one.
 */
export function refusalOf(
  secret: string,
  { holder, epoch, emergency, intent, leftMs }: Held,
  { isEmergency = false }: ClaimOptions,
): RotationError | undefined {
  if (!isEmergency) return busy(secret, holder, leftMs)
  const isOfEmergency =
    emergency?.epoch === epoch || (isOpen(intent) && intent.mode === 'emergency')
  return isOfEmergency ? busyWithEmergency(secret, holder, leftMs) : undefined
}

/** The live rotator that the claim of `epoch` was taken from, if it was made by an emergency and there was one. */
export function displacedBy(
  epoch: number,
  emergency: EmergencyClaim | undefined,
): Displaced | undefined {
  const { from } = emergency?.epoch === epoch ? emergency : {}
  return from === undefined ? undefined : { holder: from, epoch: epoch - 1 }
}
