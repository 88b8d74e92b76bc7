/** Whose text it is, and how it is spelled. */
export interface Owner {
  readonly kind: 'secret' | 'marker' | 'foreign'
  readonly name: string
  readonly version?: string
  /** `text`, `base64`, `hex`, … */
  readonly encoding: string
  /** Its names as they were entered with the value: one object for all texts of that. */
  readonly entered?: Names
}

/** The names that a value is entered with. */
export type Names = Pick<Owner, 'name' | 'version'>
