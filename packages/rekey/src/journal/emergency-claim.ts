/** How a secret is claimed. */
export interface ClaimOptions {
  /**
   * The secret has leaked: the claim of a live rotator is taken over too, by the next epoch, unless that rotator carries out an emergency itself. Default
   * false.
   */
  readonly isEmergency?: boolean
}

/** A rotator that has lost its claim to an emergency while it was live. */
export interface Displaced {
  readonly holder: string
  readonly epoch: number
}

/** The last claim of an emergency on a secret, as a journal keeps it beside the claim that is there now. */
export interface EmergencyClaim {
  readonly holder: string
  readonly epoch: number
  /** The holder of the claim that it took over, if that was live. */
  readonly from?: string | undefined
}
